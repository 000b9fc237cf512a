import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { type DhcpOptions, startDhcp } from '../../../pxe-server/dhcp/server.ts';
import { openUdp } from '../../../pxe-server/net/sockets.ts';

/** What a bench or a test wants of the server alone, as the program's one argument in JSON. */
export interface LauncherOptions {
  device: string;
  address: string;
  /** Where the lease database is; made when absent. */
  folder: string;
  subnets: { cidr: string; range: { from: string; to: string } }[];
  leaseSeconds: number;
  /** Print each event as a line of JSON; else they are counted. */
  tell?: boolean;
}

/** The DHCP server alone, on one device of a namespace. Prints "ready", and how many events there were at its end. */
const settings = JSON.parse(process.argv[2]!) as LauncherOptions;
const { device, address, folder, subnets, leaseSeconds, tell } = settings;
mkdirSync(folder, { recursive: true });
const events: Record<string, number> = {};
const options: DhcpOptions = {
  sockets: [
    {
      fd: openUdp({ device, address: '0.0.0.0', port: 67, broadcast: true }),
      interface: device,
      serverAddress: address,
    },
  ],
  subnets: subnets.map(({ cidr, range }) => ({ cidr, ranges: [range], dns: ['192.0.2.53'], leaseSeconds })),
  database: join(folder, 'leases.db'),
  knowsHosts: () => true,
  decideBoot: () => ({ kind: 'none' }),
  reservedAddress: () => undefined,
  reservedFor: () => undefined,
  onEvent: (event) => {
    events[event.kind] = (events[event.kind] ?? 0) + 1;
    if (tell) process.stdout.write(`${JSON.stringify(event)}\n`);
  },
  log: pino({ level: 'warn' }, pino.destination(2)),
};
const server = await startDhcp(options);
process.on('SIGTERM', async () => {
  await server.stop();
  process.stdout.write(`events ${JSON.stringify(events)}\n`);
  process.exit(0);
});
process.stdout.write('ready\n');
