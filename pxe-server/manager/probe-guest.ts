import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import { bootSector, MARK } from './boot-sector.ts';
import { DOMAIN_PREFIX, type DomainType, domainXml, type Guest, isVolumeOfProbe, POOLS } from './guest.ts';
import { volumeNames } from './read.ts';
import { pause, type VirshTarget, virsh } from './virsh.ts';

type Kind = keyof typeof POOLS;
type Pool = (typeof POOLS)[Kind];

const KINDS = ['disk', 'serial'] as const satisfies readonly Kind[];
const DISK_BYTES = 1 << 20;
const POLL_MS = 1000;
const LONGEST_SERIAL = 65536;

/** The probe's guest on one host: its storage, its domain, what it printed. Everything goes over libvirt. */
export class ProbeGuest {
  readonly #target: VirshTarget;
  readonly #names: Guest;
  /** True as soon as there may be something to remove. */
  started = false;

  constructor(target: VirshTarget, names: Guest) {
    this.#target = target;
    this.#names = names;
  }

  async start(type: DomainType, nonce: string): Promise<string> {
    this.started = true;
    await this.#removeLeftDomains();
    for (const pool of Object.values(POOLS)) {
      await this.#openPool(pool);
      await this.#removeLeftVolumes(pool);
    }
    await inTemporaryFolder(async (folder) => {
      const disk = new Uint8Array(DISK_BYTES);
      disk.set(bootSector(nonce));
      await writeFile(join(folder, 'disk'), disk);
      await writeFile(join(folder, 'domain.xml'), domainXml(this.#names, type));
      await this.#create('disk', DISK_BYTES);
      await this.#volume('vol-upload', 'disk', [join(folder, 'disk')]);
      await this.#create('serial', 1);
      await this.#virsh(['create', join(folder, 'domain.xml')], 120_000);
    });
    return `${type} guest ${this.#names.domain} runs`;
  }

  /** Reads the serial log until the nonce is in it. */
  async waitFor(nonce: string, timeout: number): Promise<string> {
    const deadline = Date.now() + timeout;
    const started = Date.now();
    for (;;) {
      const printed = await this.#serialText();
      if (printed.includes(`${MARK}${nonce}`)) {
        return `the guest printed the nonce after ${((Date.now() - started) / 1000).toFixed(1)} s`;
      }
      if (Date.now() > deadline) throw silent(printed, timeout);
      await pause(POLL_MS, this.#target.signal);
    }
  }

  /** Takes domain, volumes and pool away, also after an abort; what cannot go is the failure of this step. */
  async remove(): Promise<string> {
    const { signal: _, ...target } = this.#target;
    const problems: RackhandError[] = [];
    const attempt = async (command: string[]) => {
      try {
        await virsh(target, command);
      } catch (error) {
        if (!(error instanceof RackhandError)) throw error;
        if (!isGone(error)) problems.push(error);
      }
    };
    await attempt(['destroy', this.#names.domain]);
    for (const kind of KINDS) {
      await attempt(['vol-delete', this.#names[kind], '--pool', POOLS[kind].name]);
      await attempt(['pool-destroy', POOLS[kind].name]);
    }
    if (problems[0]) throw problems[0];
    return 'guest, its volumes and their pools are gone';
  }

  /** A manager that ended in the middle of a probe left its guest behind. */
  async #removeLeftDomains(): Promise<void> {
    const names = (await this.#virsh(['list', '--all', '--name'])).split('\n').map((line) => line.trim());
    for (const name of names.filter((each) => each.startsWith(DOMAIN_PREFIX))) {
      await this.#virsh(['destroy', name]);
    }
  }

  /** Its volumes too; the memory of a live host is too dear for them. */
  async #removeLeftVolumes(pool: Pool): Promise<void> {
    for (const name of volumeNames(await this.#virsh(['vol-list', pool.name]))) {
      if (isVolumeOfProbe(name)) await this.#virsh(['vol-delete', name, '--pool', pool.name]);
    }
  }

  async #openPool(pool: Pool): Promise<void> {
    try {
      await this.#virsh(['pool-create-as', pool.name, 'dir', '--target', pool.path, '--build']);
    } catch (error) {
      if (!(error instanceof RackhandError && /already exists/.test(error.message))) throw error;
    }
  }

  async #serialText(): Promise<string> {
    await this.#virsh(['pool-refresh', POOLS.serial.name]);
    return inTemporaryFolder(async (folder) => {
      const file = join(folder, 'serial');
      await this.#volume('vol-download', 'serial', [file, '--length', `${LONGEST_SERIAL}`]);
      return readFile(file, 'latin1');
    });
  }

  #create(kind: Kind, bytes: number): Promise<string> {
    const volume = [POOLS[kind].name, this.#names[kind], `${bytes}`];
    return this.#virsh(['vol-create-as', ...volume, '--format', 'raw']);
  }

  #volume(command: string, kind: Kind, rest: string[]): Promise<string> {
    return this.#virsh([command, this.#names[kind], ...rest, '--pool', POOLS[kind].name]);
  }

  #virsh(command: string[], timeout?: number): Promise<string> {
    return virsh(this.#target, command, timeout);
  }
}

function silent(printed: string, timeout: number): RackhandError {
  const shown = printed
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(-200);
  return new RackhandError(
    'guest-silent',
    `the guest did not print the nonce within ${timeout / 1000} s; last output: ${shown || 'nothing'}`,
    'see whether KVM works on the host: journal of libvirtd or virtqemud, virt-host-validate',
  );
}

function isGone(error: RackhandError): boolean {
  return /not found|no domain with matching|failed to get (domain|vol|pool)|does not exist/i.test(
    error.message,
  );
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-probe-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
