import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Link, makeLink } from '../net/namespaces.ts';
import { type Bench, makeBench, sha256 } from './interop.ts';

const GLOBAL = { server: 'fd00:52::1', client: 'fd00:52::9' };
const LINK_LOCAL = { server: 'fe80::52:1', client: 'fe80::52:9' };
/** What Ethernet carries in one packet, less the headers of IPv6, UDP and DATA. */
const LARGEST_BLOCK = 1500 - 40 - 8 - 4;

let work: string;
let sum: string;
let link: Link;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'rackhand-tftp6-'));
  await mkdir(join(work, 'served'));
  const bytes = randomBytes(1_048_577);
  sum = sha256(bytes);
  await writeFile(join(work, 'served/loader'), bytes);
  link = await makeLink();
  const sides = [
    { namespace: link.server, device: link.serverDevice, side: 'server' },
    { namespace: link.client, device: link.clientDevice, side: 'client' },
  ] as const;
  for (const { namespace, device, side } of sides)
    for (const address of [GLOBAL[side], LINK_LOCAL[side]])
      await namespace.run(['ip', '-6', 'address', 'add', `${address}/64`, 'dev', device, 'nodad']);
});
afterAll(async () => {
  await link?.remove();
  await rm(work, { recursive: true, force: true });
});

async function serving(address: string, check: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench({ ...link, remove: async () => {} }, work, {}, address);
  try {
    await check(bench);
  } finally {
    await bench.close();
  }
}

const out = () => join(work, 'out');
const curl = (host: string, blockSize: number) => [
  ...['curl', '-g', '-s', '-S', '--tftp-blksize', String(blockSize), '-o', out(), `tftp://[${host}]/loader`],
];
const digest = async () => sha256(await readFile(out()));

it('curl and tftp-hpa get a file over IPv6, in blocks that need no fragments', async () => {
  await serving(GLOBAL.server, async (bench) => {
    await bench.client(curl(GLOBAL.server, 1428));
    expect(await digest()).toBe(sum);
    await bench.client(['tftp', '-6', '-m', 'binary', GLOBAL.server, '-c', 'get', 'loader', out()]);
    expect(await digest()).toBe(sum);
    await bench.client(curl(GLOBAL.server, 8192));
    expect(await digest()).toBe(sum);
    const sent = bench.events();
    expect(sent.map(({ kind, client }) => [kind, client])).toEqual(Array(3).fill(['sent', GLOBAL.client]));
    expect(sent.map(({ transfer }) => transfer!.blockSize)).toEqual([1428, 512, LARGEST_BLOCK]);
  });
});

it('a link-local machine is answered on its link, and told with it', async () => {
  await serving(LINK_LOCAL.server, async (bench) => {
    await bench.client(curl(`${LINK_LOCAL.server}%25${link.clientDevice}`, 1428));
    expect(await digest()).toBe(sum);
    const client = new RegExp(`^fe80::[0-9a-f:]+%${link.serverDevice}$`);
    expect(bench.events()).toMatchObject([{ kind: 'sent', client: expect.stringMatching(client) }]);
  });
});
