import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { Traces } from '../../../pxe-server/boot/traces.ts';
import { type ServiceTls, serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { bootHttp } from '../../../pxe-server/http/boot-http.ts';
import { STALL_MS } from '../../../pxe-server/http/limits.ts';
import { listenAll } from '../../../pxe-server/http/listen.ts';
import { startSender } from '../../../pxe-server/http/sendfile/sender.ts';
import { openTcpListener } from '../../../pxe-server/net/sockets.ts';
import { macOf48 } from '../../pxe-server/dhcp/packets.ts';
import { freshKeys } from '../../pxe-server/enrol/desk.ts';
import { host, image, replica } from '../../pxe-server/replica-fixture.ts';
import { FIRST_MAC, HOSTS, IMAGE } from './plan.ts';

/**
 * `service-program.ts PORT FILE [tls]`: HTTP boot as the boot role has it, with FILE as the root of its one image. Prints
 * "ready".
 */
const [port, path, over] = process.argv.slice(2) as [string, string, string | undefined];
const hash = createHash('sha256');
await pipeline(createReadStream(path), hash);
const rootfs = {
  role: 'rootfs' as const,
  file: basename(path),
  size: statSync(path).size,
  sha256: hash.digest('hex'),
};
const artifacts = [...image().artifacts.filter(({ role }) => role !== 'rootfs'), rootfs];
const known = replica({
  images: [image({ id: IMAGE, folder: dirname(path), artifacts })],
  hosts: Array.from({ length: HOSTS }, (_, i) =>
    host({ id: `h${i}`, name: `node${i}`, macs: [macOf48(FIRST_MAC + i)] }),
  ),
});
const traces = new Traces(() => undefined);
const sender = process.env.RACKHAND_BENCH_STREAM ? undefined : startSender(STALL_MS, fail);
const app = bootHttp(
  { address: '127.0.0.1', httpPort: Number(port) },
  {
    ...{ replica: () => known, mint: new Mint(() => undefined, 20), httpsPort: 8443 },
    ...{
      trace: (trace) => traces.tell(trace),
      loaders: new Map(),
      kickstart: async () => ({ kind: 'busy' }),
    },
    ...{ delivery: { sender }, onInternal: fail },
    ...(over === 'tls' ? { tls: await ownTls() } : {}),
  },
);
await listenAll(app, [openTcpListener({ address: '127.0.0.1', port: Number(port) })]);
process.stdout.write('ready\n');

async function ownTls(): Promise<ServiceTls> {
  const keys = await freshKeys();
  const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));
  await keys.remove();
  return tls;
}

function fail(error: unknown): never {
  throw error;
}
