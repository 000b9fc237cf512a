import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { type Link, lineOf } from '../net/namespaces.ts';

export const SERVER = '198.51.100.1';
export const CLIENT = '198.51.100.9/24';
export const program = (name: string) => join(import.meta.dirname, name);
export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Our server at one end of a link, real clients at the other. */
export interface Bench {
  link: Link;
  server: Daemon;
  /** Everything the server said until now. */
  events: () => {
    kind: string;
    client?: string;
    message: string;
    transfer?: { retransmissions: number; requested: number; blockSize: number; windowSize: number };
  }[];
  /** What the clients take; they write into a folder of their own. */
  client: (argv: string[], okCodes?: number[]) => Promise<{ code: number; stdout: string; stderr: string }>;
  close: () => Promise<void>;
}

/** @param work with the served files in "served" */
export async function makeBench(
  link: Link,
  work: string,
  limits: object = {},
  address = SERVER,
): Promise<Bench> {
  const cwd = await mkdtemp(join(work, 'client-'));
  const argv = [process.execPath, program('serve.ts'), link.serverDevice, address, join(work, 'served')];
  const server = link.server.start([...argv, JSON.stringify(limits)]);
  let said = '';
  server.child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await lineOf(server, (line) => line === '"ready"');
  return {
    link,
    server,
    events: () =>
      said
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    client: (argv, okCodes = [0]) => link.client.run(argv, { cwd, okCodes, timeout: 110_000 }),
    close: async () => {
      await server.stop();
      await link.remove();
    },
  };
}

/** By name: how each gets a file. */
export const clients: Record<string, (name: string, out: string) => string[]> = {
  'tftp-hpa': (name, out) => ['tftp', '-m', 'binary', SERVER, '-c', 'get', name, out],
  curl: (name, out) => ['curl', '-s', '-S', '-o', out, `tftp://${SERVER}/${name}`],
  'curl with blocks of 1468': (name, out) => [
    ...['curl', '-s', '-S', '--tftp-blksize', '1468', '-o', out, `tftp://${SERVER}/${name}`],
  ],
  busybox: (name, out) => ['busybox', 'tftp', '-g', '-r', name, '-l', out, SERVER],
  'busybox with blocks of 1468': (name, out) => [
    ...['busybox', 'tftp', '-g', '-b', '1468', '-r', name, '-l', out, SERVER],
  ],
  'atftp in windows of 8': atftp,
  'npm tftp in windows of 4': (name, out) => npmTftp(name, out, { windowSize: 4 }),
  'npm tftp in lock-step': (name, out) => npmTftp(name, out, { windowSize: 1, blockSize: 512 }),
};

/** Clients that a distribution may lack (EL has no atftp): tests of theirs are reported as left out, with this reason. */
export const lacking: ReadonlyMap<string, string> = new Map(
  existsSync('/usr/bin/atftp')
    ? []
    : [['atftp in windows of 8', 'no /usr/bin/atftp: EL has no package of it']],
);

function atftp(name: string, out: string): string[] {
  const options = ['--option', 'blksize 1468', '--option', 'windowsize 8'];
  return ['atftp', ...options, '-g', '-r', name, '-l', out, SERVER];
}

function npmTftp(name: string, out: string, options: object): string[] {
  const script = `
    const tftp = require(${JSON.stringify(join(import.meta.dirname, '../../../node_modules/tftp'))});
    const client = tftp.createClient({ host: '${SERVER}', ...${JSON.stringify(options)} });
    client.get(${JSON.stringify(name)}, ${JSON.stringify(out)}, (error) => {
      if (error) { console.error(error.message); process.exit(1); }
    });`;
  return [process.execPath, '-e', script];
}

/** @returns digest of what came */
export async function fetched(bench: Bench, argv: string[], out: string): Promise<string> {
  await rm(out, { force: true });
  await bench.client(argv);
  return sha256(await readFile(out));
}
