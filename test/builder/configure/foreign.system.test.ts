import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configureRoot } from '../../../builder/configure/configure.ts';
import { type Overlay, readOverlay } from '../../../builder/configure/overlay.ts';
import { compilePolicy, layPolicy, policySource, setPolicyMode } from '../../../builder/configure/policy.ts';
import { Recipe } from '../../../builder/recipe/schema.ts';
import { readInside } from '../../../builder/shared/inside.ts';

// A root that somebody else made (--from-root): its links lead to the build host, and nothing there may change.

const recipe = Recipe.parse({
  ...{ name: 'foreign', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'monolithic', strip: [] },
  ...{ repositories: [], packages: [], ramRequired: 1024, compression: { squashfs: 'xz', initramfs: 'xz' } },
  ...{ sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1kQm9keUhhc1RoaXNLZXkxMjM0NTY3ODkwYWJj key'] },
});
const NEEDED = [
  'lib/systemd/system/libvirtd-tls.socket',
  'sbin/NetworkManager',
  'sbin/sshd',
  'bin/curl',
  'bin/jq',
];
/** Folders of the root that are links, each to a folder of the host of that name. */
const FOLDERS = [
  ...['var', 'run', 'root', 'etc/ssh', 'etc/libvirt', 'etc/pki', 'etc/tuned', 'etc/iscsi', 'etc/rackhand'],
  ...['etc/selinux', 'etc/systemd', 'etc/chrony', 'etc/sysctl.d', 'usr/lib/tuned', 'usr/libexec'],
  ...['usr/share/libvirt', 'usr/share/selinux'],
];
const FILES = ['etc/shadow', 'etc/chrony.conf', 'etc/machine-id', 'etc/resolv.conf', 'etc/hostname'];
/** What a builder that follows them would find there. */
const HOST = [
  ...[
    'tmp/file',
    'var/tmp/file',
    'var/lib/dbus/machine-id',
    'var/lib/selinux/targeted/active/file',
    'run/file',
  ],
  ...[
    'root/.ssh/authorized_keys',
    'etc/ssh/ssh_host_rsa_key',
    'etc/libvirt/libvirtd.conf',
    'etc/libvirt/qemu.conf',
  ],
  ...['etc/libvirt/qemu/networks/autostart/file', 'etc/pki/CA/file', 'etc/tuned/active_profile'],
  ...['etc/iscsi/initiatorname.iscsi', 'etc/rackhand/image.json', 'etc/selinux/targeted/policy/policy.33'],
  ...['etc/selinux/config', 'etc/systemd/file', 'etc/chrony/chrony.conf', 'etc/sysctl.d/file'],
  ...['usr/lib/tuned/virtual-host/file', 'usr/libexec/file', 'usr/share/libvirt/nwfilter/file'],
  ...['usr/share/selinux/rackhand/file', ...FILES],
];
const SECRET = 'SELINUXTYPE=targeted\nroot:secret:1::::::\n';

let base: string;
let [root, host, scratch] = ['', '', ''];
let overlay: Overlay;
let before: Map<string, string>;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-foreign-'));
  [root, host, scratch] = [join(base, 'root'), join(base, 'host'), join(base, 'scratch')];
  await mkdir(scratch);
  for (const path of HOST) await put(join(host, path), SECRET);
  for (const path of NEEDED) await put(join(root, 'usr', path), '');
  await put(join(base, 'overlay/root/usr/libexec/rackhand/agent'), 'agent');
  overlay = await readOverlay(join(base, 'overlay'));
  before = await contents(host);
});
afterEach(async () => {
  const after = await contents(host);
  await rm(base, { recursive: true });
  expect(after).toEqual(before);
});

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
}

/** Path → text of a file, or what else it is with its mode. */
async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    found.set(
      path.slice(folder.length + 1),
      entry.isFile() ? `${mode} ${await readFile(path, 'utf8')}` : `${mode}`,
    );
  }
  return found;
}

/** As far as the units, of which this root has none. */
async function configure(): Promise<void> {
  const given = { root, recipe, overlay, buildKey: 'f'.repeat(64), scratch, say: () => undefined };
  await expect(configureRoot(given)).rejects.toMatchObject({ code: 'unit-missing' });
}

describe.each<[how: string, target: (path: string) => string]>([
  ['whole paths', (path) => join(host, path)],
  ['relative paths', (path) => join('../'.repeat(path.split('/').length), 'host', path)],
])('links of a root to the build host, by %s', (_, target) => {
  it('as folders: the host stays as it is, and nothing of it is in the image', async () => {
    for (const path of FOLDERS) await link(path, target(path));
    await put(join(root, 'etc/shadow'), 'root:$6$hash:1::::::\n');
    await configure();
    expect(await readFile(join(root, 'etc/shadow'), 'utf8')).toBe('root:*:1::::::\n');
    expect([...(await contents(root)).values()].filter((text) => text.includes('secret'))).toEqual([]);
  });
  it('as files: they become files of the root', async () => {
    for (const path of FILES) await link(path, target(path));
    await configure();
    expect(await readFile(join(root, 'etc/shadow'), 'utf8')).toBe('root:*::0:99999:7:::\n');
    expect((await lstat(join(root, 'etc/shadow'))).isFile()).toBe(true);
    expect(await readInside(root, 'etc/libvirt/libvirtd.conf')).toContain('auth_tls = "none"');
    expect(await readInside(root, 'usr/libexec/rackhand/agent')).toBe('agent');
    expect([...(await contents(root)).values()].filter((text) => text.includes('secret'))).toEqual([]);
  });
  it('as the SELinux policy: there is none', async () => {
    for (const path of ['etc/selinux', 'var/lib/selinux', 'usr/share/selinux'])
      await link(path, target(path));
    await expect(setPolicyMode(root, recipe)).rejects.toMatchObject({ code: 'selinux-policy-missing' });
  });
  it('in the SELinux policy: the host stays as it is', async () => {
    await put(join(root, 'etc/selinux/config'), SECRET);
    for (const path of ['etc/selinux/semanage.conf', 'etc/selinux/targeted', 'var/lib', 'usr/share/selinux'])
      await link(path, target(path));
    await setPolicyMode(root, recipe);
    const source = await policySource(root);
    expect(source.semanage).not.toContain('secret');
    await expect(compilePolicy(root, source, join(base, 'compiled'))).rejects.toThrow();
    for (const place of source.places) await mkdir(join(base, 'made', place), { recursive: true });
    await put(join(base, 'made/etc/selinux/targeted/policy/policy.33'), 'policy');
    await layPolicy(root, source, join(base, 'made'));
    expect(await readFile(join(root, 'etc/selinux/targeted/policy/policy.33'), 'utf8')).toBe('policy');
  });
  it('as programs: the root does not have them', async () => {
    await rm(join(root, 'usr/bin/jq'));
    await put(join(host, 'usr/bin/jq'), '');
    before = await contents(host);
    await link('usr/bin/jq', target('usr/bin/jq'));
    const given = { root, recipe, overlay, buildKey: 'f'.repeat(64), scratch, say: () => undefined };
    await expect(configureRoot(given)).rejects.toMatchObject({
      ...{ code: 'root-incomplete', message: 'the root has no /usr/bin/jq, needed for the agent' },
    });
  });
});

it('what tells of the machine that made the root goes; what packages need stays', async () => {
  const history = ['', '-shm', '-wal'].map((end) => `var/lib/dnf/history.sqlite${end}`);
  const gone = [...history, 'etc/ssh/ssh_host_rsa_key', 'var/lib/systemd/random-seed', 'tmp/file'];
  const stays = ['var/lib/dnf/modulefailsafe/file', 'etc/ssh/moduli'];
  for (const path of [...gone, ...stays]) await put(join(root, path), SECRET);
  await configure();
  const found = await contents(root);
  expect(gone.filter((path) => found.has(path))).toEqual([]);
  expect(stays.filter((path) => !found.has(path))).toEqual([]);
});

it('a policy type that is a path is no type', async () => {
  await put(join(root, 'etc/selinux/config'), 'SELINUXTYPE=../../../host\n');
  await expect(policySource(root)).rejects.toMatchObject({ code: 'selinux-policy-missing' });
});
