import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Link, makeLink } from '../../pxe-server/net/namespaces.ts';
import { PREFIX, RELAYS, SERVER } from './plan.ts';

export interface Scene {
  link: Link;
  /** On a disk, as a lease database is. */
  folder: string;
  /** Ends what still runs in the namespaces, too. */
  remove(): Promise<void>;
}

/** Two namespaces joined by a veth pair: servers in one, their clients in the other. */
export async function makeScene(): Promise<Scene> {
  const link = await makeLink();
  const address = (where: Link['server'], device: string, own: string) =>
    where.run(['ip', 'address', 'replace', `${own}/${PREFIX}`, 'brd', '+', 'dev', device]);
  await link.server.run(['ip', 'address', 'flush', 'dev', link.serverDevice]);
  await address(link.server, link.serverDevice, SERVER);
  for (const relay of RELAYS) await address(link.client, link.clientDevice, relay);
  const giveBack = await widenBuffers();
  const folder = await mkdtemp(join(process.env.RACKHAND_BENCH_FOLDER ?? '/var/tmp', 'rackhand-bench-dhcp-'));
  return {
    link,
    folder,
    async remove() {
      await giveBack();
      await link.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes, and those of a kernel that nobody has told otherwise (net/core/sock.c, 256 small packets). */
const WIDE = 8 << 20;
const USUAL = 212_992;

/**
 * perfdhcp takes the system's buffer for what it receives, 170 answers: it would lose those that came while it waited
 * for a processor, whichever server sent them.
 * @returns what sets the buffer of new sockets back
 */
async function widenBuffers(): Promise<() => Promise<void>> {
  const path = '/proc/sys/net/core/rmem_default';
  const found = Number(await readFile(path, 'utf8'));
  // A run that was killed has left its own there.
  const before = found === WIDE ? USUAL : found;
  await writeFile(path, String(WIDE));
  return () => writeFile(path, String(before));
}
