import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { run } from '../../../builder/shared/process/run.ts';
import { startDhcpThread } from '../../../pxe-server/dhcp/thread.ts';
import { openEcho } from '../../../pxe-server/net/echo.ts';
import { openPacket } from '../../../pxe-server/net/packet-socket.ts';
import { openUdp } from '../../../pxe-server/net/sockets.ts';
import type { LauncherSettings } from './dhcp-launcher-thread.ts';
import type { LauncherOptions } from './running-server.ts';

/** The DHCP server alone, on one device of a namespace: events are lines of JSON. See running-server.ts. */
const options = JSON.parse(process.argv[2]!) as LauncherOptions;
const { device, folder } = options;
const say = (text: string) => process.stdout.write(`${text}\n`);
const filler = join(folder, 'filler');

mkdirSync(folder, { recursive: true });
// Seen by this process alone, since `ip netns exec` gives it mounts of its own.
if (options.diskSize) await run(['mount', '-t', 'tmpfs', '-o', `size=${options.diskSize}`, 'tmpfs', folder]);
const open = (port: number) => openUdp({ device, address: '0.0.0.0', port, broadcast: true });
const settings: LauncherSettings = {
  ...options,
  fds: [open(67), open(4011)],
  ...(options.watch
    ? { arpFd: openPacket(device, 'arp'), answersFd: openPacket(device, 'dhcp-answers'), echoFd: openEcho() }
    : {}),
};
const server = await startDhcpThread(new URL('./dhcp-launcher-thread.ts', import.meta.url), settings, {
  onEvent: (event) => say(JSON.stringify(event)),
  ...(options.tap ? { onTapped: (tapped) => say(JSON.stringify(tapped)) } : {}),
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
