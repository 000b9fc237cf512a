import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { type RunResult, run } from '../../../builder/shared/process/run.ts';
import type { Machine } from '../overlay/machine.ts';

export const LIVE = join(import.meta.dirname, '../../../builder/initramfs/live');

/** What a machine in its initramfs reads and writes, beside what makeMachine gives. */
export const INITRAMFS_FILES = {
  'proc/sys/kernel/printk': '4 4 1 7\n',
  'proc/sysrq-trigger': '',
  'sys/class/tty/console/active': 'tty0 ttyS0\n',
  'sbin/dmsquash-live-root': `#!/bin/sh\nprintf '%s\\n' "$1" >"\${0%/sbin/*}/handed-on"\n`,
};

/** Programs of the initramfs on a machine of fixtures. */
export function environment(machine: Machine, more: Record<string, string> = {}): Record<string, string> {
  return {
    ...{ RACKHAND_ROOT: machine.root, RACKHAND_LIB: LIVE },
    ...{ RACKHAND_BACKOFF_FIRST_MS: '20', RACKHAND_BACKOFF_CAP_MS: '50', RACKHAND_WAIT_SECONDS: '1' },
    ...more,
  };
}

export function runLive(
  machine: Machine,
  argv: string[],
  more: Record<string, string> = {},
): Promise<RunResult> {
  const [name, ...rest] = argv;
  return run([join(LIVE, `${name}.sh`), ...rest], {
    ...{ env: environment(machine, more), timeout: 60_000, okCodes: [0, 1] },
  });
}

export function startLive(machine: Machine, argv: string[], more: Record<string, string> = {}): Daemon {
  const [name, ...rest] = argv;
  return startDaemon([join(LIVE, `${name}.sh`), ...rest], {
    ...{ env: environment(machine, more), stdio: ['ignore', 'ignore', 'inherit'] },
  });
}

export interface ImageServer {
  url: string;
  /** Range headers of the requests, in order; empty for none. */
  asked: string[];
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Plain HTTP on loopback; `answer` decides about each request, counted from 1. */
export async function serveImage(answer: Answer): Promise<ImageServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? '');
    answer(request, response, asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/rootfs.squashfs`, asked },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A file with ranges, as the service serves it; `send` cuts short what is sent. */
export function ranged(
  { headers: { range } }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  send = body.length,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (from >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    return;
  }
  response.writeHead(range === undefined ? 200 : 206, {
    'content-length': body.length - from,
    'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
  });
  if (send >= body.length) response.end(body.subarray(from));
  else response.write(body.subarray(from, from + send), () => response.destroy());
}

export const digest = (body: Buffer) => createHash('sha256').update(body).digest('hex');
