import { mkdirSync } from 'node:fs';
import pino from 'pino';
import { startDhcpThread } from '../../../pxe-server/dhcp/thread.ts';
import { openUdp } from '../../../pxe-server/net/sockets.ts';
import type { LauncherSettings } from './launcher-thread.ts';

/** What a bench or a test wants of the server alone, as the program's one argument in JSON. */
export interface LauncherOptions {
  device: string;
  address: string;
  /** Where the lease database is; made when absent. */
  folder: string;
  subnets: { cidr: string; range: { from: string; to: string } }[];
  leaseSeconds: number;
  /** Look at addresses before they are given. */
  probe: boolean;
  /** Print each event as a line of JSON; else they are counted. */
  tell?: boolean;
}

/** The DHCP server alone, on one device of a namespace. Prints "ready", and how many events there were at its end. */
const options = JSON.parse(process.argv[2]!) as LauncherOptions;
const { device, folder, tell } = options;
mkdirSync(folder, { recursive: true });
const events: Record<string, number> = {};
const settings: LauncherSettings = {
  ...options,
  fd: openUdp({ device, address: '0.0.0.0', port: 67, broadcast: true }),
};
const server = await startDhcpThread(new URL('./launcher-thread.ts', import.meta.url), settings, {
  onEvent: (event) => {
    events[event.kind] = (events[event.kind] ?? 0) + 1;
    if (tell) process.stdout.write(`${JSON.stringify(event)}\n`);
  },
  log: pino({ level: 'warn' }, pino.destination(2)),
});
process.on('SIGTERM', async () => {
  await server.stop();
  process.stdout.write(`events ${JSON.stringify(events)}\n`);
  process.exit(0);
});
process.stdout.write('ready\n');
