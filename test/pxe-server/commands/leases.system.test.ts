import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { publishImage } from '../config/catalog-fixture.ts';
import { askOnce } from '../dhcp/udhcpc.ts';
import { type Link, makeLink } from '../net/namespaces.ts';
import { serve } from '../serve.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
const MAC = '52:54:00:00:00:0a';
let link: Link;
let folder: string;
let config: string;
let service: Daemon | undefined;
beforeAll(async () => {
  link = await makeLink();
  folder = await mkdtemp(join(tmpdir(), 'rackhand-leases-'));
  await chmod(folder, 0o755);
  await publishImage(join(folder, 'catalog'));
  const subnet = { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.100', to: '198.51.100.199' }] };
  config = join(folder, 'rackhand.yaml');
  const given = {
    ...{ state: join(folder, 'state'), images: { catalog: join(folder, 'catalog'), default: 'lab' } },
    provisioning: { interfaces: [{ name: link.serverDevice, address: link.serverAddress, subnet }] },
  };
  await writeFile(config, stringify(given));
});
afterAll(async () => {
  await service?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  ({ service } = await serve(link, config));
}

const rackhand = async (...argv: string[]) => {
  const token = ['--token-file', join(folder, 'state/control/api-token')];
  const { code, stdout, stderr } = await link.server.run([PROGRAM, 'leases', ...argv, ...token], {
    okCodes: [0, 1],
  });
  return { code, stdout, stderr };
};
const lines = async (...argv: string[]) => (await rackhand('list', ...argv)).stdout.split('\n').slice(1, -1);

it('leases go through the running service, and outlive it', async () => {
  const end = Math.floor(Date.now() / 1000) + 3000;
  const file = join(folder, 'dnsmasq.leases');
  await writeFile(
    file,
    `${end} ${MAC} 198.51.100.150 * *\n${end} 52:54:00:00:00:0b 198.51.100.1 * *\n${end} 52:54:00:00:00:0c 198.51.100.151 * *\n`,
  );
  await start();
  expect(await lines()).toEqual([]);
  const told = await rackhand('import', file);
  expect(told.stdout).toMatch(
    /:2: 198\.51\.100\.1 of .* left out: an address that is given to nobody.*\n2 leases imported, 1 left out\n$/,
  );
  expect(await lines()).toEqual([
    expect.stringMatching(`^198\\.51\\.100\\.150 +${MAC} +bound +`),
    expect.stringMatching(/^198\.51\.100\.151 +52:54:00:00:00:0c +bound +/),
  ]);
  // A real client gets the address that it had with the other server.
  expect(await askOnce(link, MAC, 20)).toBe('198.51.100.150');
  expect((await rackhand('release', '52:54:00:00:00:0c')).stdout).toBe(
    '198.51.100.151: taken back from 52:54:00:00:00:0c\n',
  );

  expect(await rackhand('list', '--offline', config)).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining('error [leases-in-use]') },
  });
  await service!.stop();
  expect(await lines('--offline', config)).toEqual([
    expect.stringMatching(`^198\\.51\\.100\\.150 +${MAC} +bound`),
  ]);
  expect((await rackhand('release', MAC, '--offline', config)).code).toBe(0);
  const { uid } = await stat(join(folder, 'state/dhcp'));
  expect((await stat(join(folder, 'state/dhcp/leases.log'))).uid).toBe(uid);

  await start();
  expect(await lines()).toEqual([]);
  expect(await lines('--state', 'released')).toHaveLength(2);
  const events = await link.server.run([
    'curl',
    '-s',
    '-H',
    `Authorization: Bearer ${(await link.server.run(['cat', join(folder, 'state/control/api-token')])).stdout.trim()}`,
    'http://127.0.0.1:8080/api/v1/events?limit=100',
  ]);
  const messages = (JSON.parse(events.stdout) as { events: { message: string }[] }).events.map(
    ({ message }) => message,
  );
  expect(messages).toContain(
    `198.51.100.150: lease of ${MAC} taken back by a person, with the service stopped`,
  );
  expect(messages).toContain(
    '198.51.100.151: lease of 52:54:00:00:00:0c taken back by a person, from 127.0.0.1',
  );
}, 120_000);
