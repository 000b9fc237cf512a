import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { run } from '../../../builder/shared/process/run.ts';
import { startDhcp } from '../../../pxe-server/dhcp/server.ts';
import { openUdp } from '../../../pxe-server/net/sockets.ts';
import type { LauncherOptions } from './running-server.ts';

/** The DHCP server alone, on one device of a namespace: events are lines of JSON. See running-server.ts. */
const options = JSON.parse(process.argv[2]!) as LauncherOptions;
const { device, address, folder } = options;
const say = (text: string) => process.stdout.write(`${text}\n`);
const filler = join(folder, 'filler');

// Seen by this process alone, since `ip netns exec` gives it mounts of its own.
if (options.diskSize) await run(['mount', '-t', 'tmpfs', '-o', `size=${options.diskSize}`, 'tmpfs', folder]);
const open = (port: number) => openUdp({ device, address: '0.0.0.0', port, broadcast: true });
const server = await startDhcp({
  sockets: [
    { fd: open(67), interface: device, serverAddress: address },
    { fd: open(4011), interface: device, serverAddress: address, port: 4011 },
  ],
  subnets: [{ cidr: '198.51.100.0/24', ranges: [options.range], dns: ['192.0.2.53'], leaseSeconds: 3600 }],
  database: join(folder, 'leases.db'),
  knowsHosts: () => true,
  decideBoot: (request) =>
    request.isPxe ? { kind: 'file', nextServer: address, bootFile: 'snponly.efi' } : { kind: 'none' },
  reservedAddress: (mac) => options.reserved?.[mac],
  reservedFor: (reserved) => Object.entries(options.reserved ?? {}).find(([, a]) => a === reserved)?.[0],
  onEvent: (event) => say(JSON.stringify(event)),
  log: pino({ level: 'warn' }, pino.destination(2)),
});

process.on('message', async (wish) => {
  if (wish === 'fill the disk') fill();
  if (wish === 'empty the disk') await rm(filler);
  say(`done: ${wish}`);
});
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
say('ready');

function fill(): void {
  for (const size of [64 << 10, 4 << 10, 1]) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
