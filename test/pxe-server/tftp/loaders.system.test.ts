import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { IPXE_PLACES } from '../../../builder/shared/loader-places.ts';
import { firstPresent } from '../../../builder/shared/present.ts';
import type { BootAnswer } from '../../../pxe-server/api/boot-schemas.ts';
import { publishSized } from '../../storm/image.ts';
import { startGrub } from '../dhcp/grub.ts';
import { InteropScene, SUBNET } from '../dhcp/interop-scene.ts';
import { powerOn } from '../dhcp/machine.ts';
import { serve } from '../serve.ts';

const MAC = '52:54:00:12:34:72';
const KERNEL = 300_000;
/** Emulated machines, on one that does other things too. */
const BOOT_MS = 6 * 60_000;

let scene: InteropScene;
let token: string;
beforeEach(async () => {
  scene = await InteropScene.make({ lost: 2, doubled: 4, late: 4, seed: 906 });
  const { link, folder } = scene;
  await chmod(folder, 0o755); // the service's accounts pass through
  const catalog = join(folder, 'catalog');
  await mkdir(catalog);
  await publishSized(catalog, { kernel: KERNEL, initramfs: 10_000, rootfs: 4096 });
  const { cidr, range } = SUBNET;
  const subnet = { cidr, ranges: [range], probe: false };
  const config = {
    ...{ state: join(folder, 'state'), images: { catalog, default: 'lab' } },
    hosts: join(folder, 'hosts.yaml'),
    provisioning: { interfaces: [{ name: link.serverDevice, address: link.serverAddress, subnet }] },
  };
  const hosts = [{ name: 'node1', macs: [MAC], arm: 'always' }];
  await writeFile(join(folder, 'hosts.yaml'), stringify({ hosts }));
  await writeFile(join(folder, 'rackhand.yaml'), stringify(config));
  const { service } = await serve(link, join(folder, 'rackhand.yaml'));
  scene.atEnd(() => service.stop(20_000));
  token = (await readFile(join(folder, 'state/control/api-token'), 'utf8')).trim();
});
afterEach(async () => {
  const { lost, doubled, late } = await scene.link.passage();
  await scene.end();
  expect(Math.min(lost, doubled, late)).toBeGreaterThan(0);
});

describe('over a link that loses, doubles and reorders', () => {
  it('OVMF loads iPXE by TFTP, and iPXE its script and the kernel', { timeout: BOOT_MS }, async () => {
    await switchOn('uefi');
    const steps = await untilKernel();
    expect(steps).toContainEqual(expect.stringMatching(/^has snponly\.efi, /));
    expect(steps).toContainEqual(expect.stringMatching(/^has \/boot\/start\.ipxe, /));
  });
  it('SeaBIOS with an iPXE ROM loads its script and the kernel', { timeout: BOOT_MS }, async () => {
    await switchOn('bios');
    const steps = await untilKernel();
    expect(steps).toContainEqual(expect.stringMatching(/^has \/boot\/start\.ipxe, /));
  });
  // By TFTP alone: GRUB's own HTTP does not know a length whose header is written in small letters, as Node does.
  it('GRUB gets files by TFTP as they are', { timeout: BOOT_MS }, async () => {
    const { link, folder } = scene;
    const server = link.serverAddress;
    const script = [
      ...['serial --unit=0', 'terminal_output serial'],
      // As a person would: it gives up sooner than this link needs it to.
      'until net_bootp; do sleep 1; done',
      `until cmp (tftp,${server})/snponly.efi (memdisk)/copy; do sleep 1; done`,
      `until cmp (tftp,${server})/undionly.kpxe (memdisk)/other; do sleep 1; done`,
      ...['echo both are compared', 'sleep 600', ''],
    ];
    const copy = (await firstPresent(IPXE_PLACES['snponly.efi']))!;
    const other = (await firstPresent(IPXE_PLACES['undionly.kpxe']))!;
    const modules = 'efinet net tftp sleep serial terminal cmp echo';
    const medium = { script: script.join('\n'), modules, files: { copy, other } };
    const machine = await startGrub(link, folder, medium);
    scene.atEnd(() => machine.stop());
    const shown = () => readFile(join(folder, 'serial.log'), 'latin1').catch(() => '');
    await expect.poll(shown, { timeout: BOOT_MS, interval: 1000 }).toContain('both are compared');
    expect((await shown()).match(/The files are identical/g)).toHaveLength(2);
    expect(await shown()).not.toMatch(/[Dd]iffer/);
  });
});

async function switchOn(firmware: 'bios' | 'uefi'): Promise<void> {
  const { link, folder } = scene;
  const machine = await powerOn({ where: link.client, device: link.clientDevice }, firmware, MAC, folder);
  scene.atEnd(() => machine.stop());
}

/** What the service has seen when the machine has the whole kernel, which is none and ends its boot. */
async function untilKernel(): Promise<string[]> {
  let steps: string[] = [];
  const seen = async () => {
    const url = 'http://127.0.0.1:8080/api/v1/hosts/node1/why';
    const argv = ['curl', '--silent', '--fail', '-H', `Authorization: Bearer ${token}`, url];
    const { stdout } = await scene.link.server.run(argv);
    steps = (JSON.parse(stdout) as BootAnswer).steps.map(({ message }) => message);
    return steps.join('\n');
  };
  await expect.poll(seen, { timeout: BOOT_MS, interval: 1000 }).toMatch(/^has \/images\/\w+\/vmlinuz, /m);
  return steps;
}
