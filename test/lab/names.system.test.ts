import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockBuild } from '../../builder/worker/start.ts';
import { labFolder } from './folder.ts';
import { buildMirror, type Mirror } from './mirror/mirror.ts';

// The lab's distribution under the names of three releases, resolved by the real dnf.

let mirror: Mirror;
let base: string;
// Seconds when the mirror is there; minutes when it has to be made.
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-names-'));
  mirror = await buildMirror({ folder: labFolder().mirror, progress: () => undefined });
}, 900_000);
afterAll(() => rm(base, { recursive: true, force: true }));

async function names(recipe: string): Promise<string[]> {
  const { packages } = await lockBuild({
    recipe: join(import.meta.dirname, `../../images/recipes/${recipe}.yaml`),
    ...{ cache: join(base, 'cache'), catalog: join(base, 'catalog'), progress: () => undefined },
    variables: { mirror: mirror.repository, key: mirror.keyFile },
  });
  return packages.map(({ name }) => name);
}

it('the packages of a hypervisor resolve as EL8, EL9 and EL10 call them', async () => {
  const [el8, el9, el10] = [await names('lab8'), await names('lab'), await names('lab10')];
  // By EL8's name for it, which the package provides.
  for (const list of [el8, el9, el10])
    expect(list).toEqual(
      expect.arrayContaining([
        ...['kernel-core', 'qemu-kvm-core', 'qemu-kvm-device-usb-redirect', 'libvirt-daemon'],
        ...['NetworkManager', 'openssh-server', 'lvm2', 'kexec-tools'],
      ]),
    );
  // What a release does not list may be missing, and nothing else.
  expect(el9.filter((name) => !el10.includes(name))).toEqual(['gdisk']);
  const unlisted = ['ksmtuned', 'qemu-kvm-device-', 'qemu-pr-helper', 'virtiofsd', 'kernel-modules-core'];
  const beyond = el9.filter((name) => !el8.includes(name) && !unlisted.some((one) => name.startsWith(one)));
  expect(beyond).toEqual([]);
});
