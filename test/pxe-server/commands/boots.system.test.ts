import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { BootAnswer } from '../../../pxe-server/api/boot-schemas.ts';
import { publishImage } from '../config/catalog-fixture.ts';
import { askOnce } from '../dhcp/udhcpc.ts';
import { type Link, makeLink } from '../net/namespaces.ts';
import { serve } from '../serve.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
const MAC = '52:54:00:00:00:0a';
let link: Link;
let folder: string;
let service: Daemon;
beforeAll(async () => {
  link = await makeLink();
  folder = await mkdtemp(join(tmpdir(), 'rackhand-boots-'));
  await chmod(folder, 0o755);
  await publishImage(join(folder, 'catalog'));
  const subnet = { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.100', to: '198.51.100.199' }] };
  const given = {
    ...{ state: join(folder, 'state'), images: { catalog: join(folder, 'catalog'), default: 'lab' } },
    provisioning: { interfaces: [{ name: link.serverDevice, address: link.serverAddress, subnet }] },
  };
  await writeFile(join(folder, 'rackhand.yaml'), stringify(given));
  ({ service } = await serve(link, join(folder, 'rackhand.yaml')));
});
afterAll(async () => {
  await service?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

const hosts = async (...argv: string[]) => {
  const token = ['--token-file', join(folder, 'state/control/api-token')];
  return (await link.server.run([PROGRAM, 'hosts', ...argv, ...token])).stdout;
};

it('why: the steps of a real client through the roles of the service, and its packets as a file', async () => {
  await hosts('add', 'node1', '--mac', MAC);
  const pxe = ['-V', 'PXEClient:Arch:00007:UNDI:003000'];
  expect(await askOnce(link, MAC, 20, undefined, pxe)).toBeDefined();
  const tftp = (name: string) =>
    link.client.run(['tftp', '-m', 'binary', link.serverAddress, '-c', 'get', name, join(folder, 'got')], {
      okCodes: [0, 1],
    });
  await tftp('snponly.efi');
  await tftp('pxelinux.0');
  const why = async () => JSON.parse(await hosts('why', 'node1', '--json')) as BootAnswer;
  await expect
    .poll(async () => (await why()).steps.map(({ message }) => message).join('\n'), {
      timeout: 60_000,
      interval: 1000,
    })
    .toMatch(/pxelinux\.0 is not here/);
  const { steps, diagnoses, reach } = await why();
  const told = steps.map(({ layer, message }) => `${layer}: ${message}`);
  expect(told).toContainEqual(expect.stringMatching(/^dhcp: its firmware looks for DHCP servers/));
  expect(told).toContainEqual(
    expect.stringMatching(/^dhcp: gives 198\.51\.100\.\d+, boot file snponly\.efi from 198\.51\.100\.1$/),
  );
  expect(told).toContain('tftp: asks for snponly.efi by TFTP');
  expect(told).toContainEqual(expect.stringMatching(/^tftp: has snponly\.efi, /));
  expect(reach).toBe('loader');
  expect(diagnoses[0]).toMatchObject({ kind: 'name-absent', what: expect.stringContaining('pxelinux.0') });
  const file = join(folder, 'node1.pcapng');
  expect(await hosts('packets', 'node1', '--output', file)).toMatch(
    /: [1-9]\d* packets and [1-9]\d* other steps/,
  );
  const { stdout } = await link.server.run([
    'tshark',
    '-n',
    '-r',
    file,
    '-Y',
    'dhcp.option.dhcp == 5',
    '-T',
    'fields',
    '-e',
    'dhcp.file',
  ]);
  expect(stdout.trim()).toBe('snponly.efi');
});
