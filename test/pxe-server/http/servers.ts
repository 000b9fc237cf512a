import { writeFile } from 'node:fs/promises';
import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'vitest';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { lineOf } from '../net/namespaces.ts';

/** Bytes of the image that HTTP boot serves. */
export const IMAGE_SIZE = 32 << 20;

/** Milliseconds that others bear, on a machine that is busy with the attack too. */
const PATIENCE = 10_000;

interface Kind {
  program: string;
  tls: boolean;
  /** Asked by others meanwhile, answered with 200. */
  usual: string;
  /** What gets a large answer. */
  large: string;
  /** Other answers: small ones, and refusals. */
  others: string[];
}

const boot = {
  usual: '/boot/host.ipxe?mac=0a:dd:00:00:00:00',
  ...{ large: '/images/0123456789abcdef/rootfs.squashfs', others: ['/absent'] },
};

/** Every HTTP server of the service, each as a process of its own that is as its role has it. */
export const KINDS = {
  'HTTP boot': { program: '../../bench/http/service-program.ts', tls: false, ...boot },
  'HTTP boot over TLS': { program: '../../bench/http/service-program.ts', tls: true, ...boot },
  'the port of agents': {
    ...{ program: 'agent-program.ts', tls: true, usual: '/agent/v1/ca' },
    ...{ large: '/agent/v1/ca', others: ['/absent'] },
  },
  'the API': {
    ...{ program: '../api/api-program.ts', tls: false, usual: '/' },
    ...{ large: '/api/v1/openapi.json', others: ['/api/v1/hosts'] },
  },
} satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

export interface HttpServer extends Kind {
  pid: number;
  port: number;
  /** A connection on which nothing was said yet. */
  opened(): Promise<Socket>;
  /** One on which requests can be written: over TLS where the server speaks it. */
  greeted(): Promise<Socket>;
  /** A usual request from another address is answered as if nobody else was there. */
  unharmed(): Promise<void>;
  stop(): Promise<void>;
}

/** @param folder for the image */
export async function startServer(name: KindName, folder: string): Promise<HttpServer> {
  const kind = KINDS[name];
  const image = join(folder, 'rootfs.squashfs');
  await writeFile(image, Buffer.alloc(IMAGE_SIZE, 'x'));
  const port = await freePort();
  const program = join(import.meta.dirname, kind.program);
  const argv = ['--disable-warning=ExperimentalWarning', program, String(port), image];
  const service: Daemon = startDaemon([process.execPath, ...argv, ...(kind.tls ? ['tls'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await lineOf(service, (line) => line === 'ready');
  const sockets: Socket[] = [];
  const kept = async (socket: Socket, event: string) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    await new Promise((resolve, reject) => socket.once(event, resolve).once('error', reject));
    return socket;
  };
  const opened = () => kept(connect(port, '127.0.0.1'), 'connect');
  const to = { port, host: '127.0.0.1', rejectUnauthorized: false };
  const server: HttpServer = {
    ...{ ...kind, pid: service.pid!, port, opened },
    greeted: () => (kind.tls ? kept(connectTls(to), 'secureConnect') : opened()),
    async unharmed() {
      const started = performance.now();
      expect(await asked({ ...to, path: kind.usual }, kind.tls)).toBe(200);
      expect(performance.now() - started).toBeLessThan(PATIENCE);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await service.stop();
    },
  };
  for (let i = 0; i < 100; i++) await server.unharmed();
  return server;
}

/** One request, to be written on a connection. */
export function requestOf(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

/** From another address: how often one may ask is not what is tried here. @returns the status */
function asked(to: RequestOptions, tls: boolean): Promise<number> {
  const options = { ...to, agent: false, localAddress: '127.0.0.9', timeout: 20_000 };
  return new Promise((resolve, reject) => {
    const sent = (tls ? requestHttps : requestHttp)(options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode!));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer for 20 s')));
    sent.on('error', reject);
    sent.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
