import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../builder/shared/ids.ts';
import { grantedKickstart } from '../../../pxe-server/boot/kickstarts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { type BootHttpContext, bootHttp } from '../../../pxe-server/http/boot-http.ts';
import { listenAll } from '../../../pxe-server/http/listen.ts';
import { openTcpListener } from '../../../pxe-server/net/sockets.ts';
import { renderHere } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import type { BootTrace, MintedToken, Replica } from '../../../pxe-server/roles/messages.ts';
import { host, image, installer, replica } from '../replica-fixture.ts';

export const IMAGE = '0123456789abcdef';
const SERVICE_CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface BootService {
  replica: Replica;
  rootfs: Buffer;
  folder: string;
  traces: BootTrace[];
  minted: MintedToken[];
  internal: unknown[];
  mint: Mint;
  clock: { now: number };
  templates: Map<string, string>;
  port: number;
  /** One request, its path sent as it is written; nothing is normalised. */
  ask(path: string, options?: { method?: string; headers?: Record<string, string> }): Promise<Answer>;
  close(): Promise<void>;
}

/** The boot endpoint on a socket of loopback, with an image of real files. */
export async function startBootHttp(
  change: Partial<BootHttpContext> | ((folder: string) => Partial<BootHttpContext>) = {},
): Promise<BootService> {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-http-'));
  const contents = {
    kernel: Buffer.from('kernel'),
    initramfs: Buffer.alloc(0),
    rootfs: randomBytes(300_000),
  };
  const artifacts = image().artifacts.map((artifact) => {
    const bytes = contents[artifact.role as keyof typeof contents];
    return { ...artifact, size: bytes.length, sha256: sha256(bytes) };
  });
  for (const { role, file } of artifacts)
    await writeFile(join(folder, file), contents[role as keyof typeof contents]);
  const paper = { file: 'manifest.json', size: 3, sha256: sha256('{}\n') };
  await writeFile(join(folder, paper.file), '{}\n');
  const part = async (name: 'kernel' | 'initramfs') => {
    const [path, text] = [join(folder, `installer-${name}`), `installer's ${name}`];
    await writeFile(path, text);
    return { path, size: text.length, sha256: sha256(text) };
  };
  const known = replica({
    installers: [installer({ kernel: await part('kernel'), initramfs: await part('initramfs') })],
    hosts: [
      host(),
      host({ id: 'h2', name: 'node2', macs: ['52:54:00:00:00:02'], kickstart: 'install.ks.njk' }),
    ],
    images: [image({ id: IMAGE, folder, artifacts, papers: [paper] })],
  });
  const clock = { now: Date.now() };
  const [traces, minted, internal]: [BootTrace[], MintedToken[], unknown[]] = [[], [], []];
  const mint = new Mint(
    (token) => minted.push(token),
    20,
    () => clock.now,
  );
  const texts = new Map([['install.ks.njk', '# install {{ image.rootfs }} on {{ host.name }}\n']]);
  // Not kept from one request to the next: tests change the texts.
  const templates = new Templates(texts);
  const render = renderHere(templates);
  const sources = { mint, replica: () => known, templates, render, sshKeys: [], serviceCa: SERVICE_CA };
  const context: BootHttpContext = {
    ...{ replica: () => known, mint, httpsPort: 8443, trace: (entry) => traces.push(entry) },
    loaders: new Map([['snponly.efi', Buffer.from('MZ loader')]]),
    kickstart: (ask) => grantedKickstart(sources, ask),
    onInternal: (error) => internal.push(error),
    ...(typeof change === 'function' ? change(folder) : change),
  };
  const app = bootHttp({ address: '127.0.0.1', httpPort: 80 }, context);
  const servers = await listenAll(app, [openTcpListener({ address: '127.0.0.1', port: 0 })]);
  const { port } = servers[0]!.address() as AddressInfo;
  return {
    ...{ replica: known, rootfs: contents.rootfs, folder, traces, minted, internal, mint, clock, port },
    templates: texts,
    ask: (path, options) => requestTo(port, path, options),
    async close() {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One request to a port of loopback. */
export function requestTo(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** Reads the first bytes of an answer and hangs up. */
export function brokenOff(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.once('data', () => socket.destroy());
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}
