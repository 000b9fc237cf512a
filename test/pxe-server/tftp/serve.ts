import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { openUdp } from '../../../pxe-server/net/sockets.ts';
import { startTftp, type TftpFile } from '../../../pxe-server/tftp/thread.ts';

/** The TFTP server on port 69 of one interface, with the files of a folder; its events as lines of JSON. */
const [device, address, folder, limits] = process.argv.slice(2) as [string, string, string, string];
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const IN_MEMORY = 100_000;

const files = new Map<string, TftpFile>(
  readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { size } = statSync(path);
    return [name, size < IN_MEMORY ? readFileSync(path) : { path, size }];
  }),
);
const server = await startTftp({
  sockets: [{ fd: openUdp({ device, address, port: 69 }), address }],
  files: (name) => files.get(name),
  onEvent: say,
  log: pino({ level: 'error' }, pino.destination(2)),
  limits: JSON.parse(limits ?? '{}'),
});
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
say('ready');
