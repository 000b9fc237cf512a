import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRoughLink, type RoughLink, type Roughness } from '../net/rough-link.ts';
import type { RealClient } from './real-clients.ts';

/** Seconds: a client renews after half of it, since the tests do not want to wait. */
export const LEASE_SECONDS = 8;
export const SUBNET = {
  cidr: '198.51.100.0/24',
  range: { from: '198.51.100.100', to: '198.51.100.120' },
};

/** A link that mistreats what goes over it, with a folder, and what else a test starts and must end. */
export class InteropScene {
  readonly link: RoughLink;
  readonly folder: string;
  readonly #ends: (() => Promise<unknown>)[] = [];

  private constructor(link: RoughLink, folder: string) {
    this.link = link;
    this.folder = folder;
    this.atEnd(() => rm(folder, { recursive: true, force: true }));
    this.atEnd(() => link.remove());
  }

  static async make(roughness: Roughness): Promise<InteropScene> {
    const folder = await mkdtemp(join(tmpdir(), 'rackhand-interop-'));
    return new InteropScene(await makeRoughLink(roughness), folder);
  }

  /** What was registered last ends first. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
  }

  async startClient(client: RealClient) {
    const daemon = await client.start(this.link, this.folder);
    this.atEnd(() => daemon.stop());
    return daemon;
  }

  /** The address of the subnet that the client has set on its interface. */
  async clientAddress(): Promise<string | undefined> {
    const { client, clientDevice } = this.link;
    const { stdout } = await client.run(['ip', '-4', 'address', 'show', 'dev', clientDevice]);
    return /inet (198\.51\.100\.1\d\d)\//.exec(stdout)?.[1];
  }
}
