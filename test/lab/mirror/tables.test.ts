import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTables } from './tables.ts';

const tables = await readTables();
const { names, packages, accounts, layout } = tables;
const made = new Set([
  ...Object.entries(packages).flatMap(([name, p]) => [name, ...Object.keys(p.parts)]),
  ...Object.values(names.rename),
]);

describe('the tables of the tree', () => {
  it('name each Debian package once', () => {
    const claimed = Object.values(packages).flatMap((p) => p.debs);
    const twice = claimed.filter((name, i) => claimed.indexOf(name) !== i);
    expect(twice).toEqual([]);
    expect(names.absent.filter((name) => name in names.rename || claimed.includes(name))).toEqual([]);
  });
  it('divide the kernel as EL does', () => {
    const kernel = packages['kernel-core']!;
    expect(Object.keys(kernel.parts).sort()).toEqual([
      'kernel',
      'kernel-modules',
      'kernel-modules-core',
      'kernel-modules-extra',
    ]);
    expect(kernel.parts.kernel!.requires).toEqual(['kernel-core', 'kernel-modules-core', 'kernel-modules']);
  });
  it('have the names that recipes ask for', () => {
    const asked = [
      'libvirt-daemon-kvm',
      'qemu-kvm-core',
      'edk2-ovmf',
      'NetworkManager',
      'openssh-server',
      'iscsi-initiator-utils',
      'device-mapper-multipath',
      'shim-x64',
      'grub2-efi-x64-cdboot',
      'grub2-pc-modules',
      'dracut-live',
    ];
    expect(asked.filter((name) => !made.has(name))).toEqual([]);
  });
  it('require nothing that is left out', () => {
    const wrong = Object.values(packages).flatMap((p) =>
      [p, ...Object.values(p.parts)].flatMap((part) =>
        part.requires.filter((name) => names.absent.includes(name) && !made.has(name)),
      ),
    );
    expect(wrong).toEqual([]);
  });
  it('give files only to accounts that exist', () => {
    const users = new Set(['root', ...Object.values(layout.users), ...Object.keys(accounts.users)]);
    const groups = new Set(['root', ...Object.values(layout.groups), ...Object.keys(accounts.groups)]);
    const owns = Object.values(packages).flatMap((p) =>
      [p, ...Object.values(p.parts)].flatMap((part) => Object.values(part.own)),
    );
    expect(owns.filter((own) => own.user && !users.has(own.user))).toEqual([]);
    expect(owns.filter((own) => own.group && !groups.has(own.group))).toEqual([]);
  });
  it('number accounts once', () => {
    const numbers = Object.values(accounts.groups);
    expect(numbers.filter((gid, i) => numbers.indexOf(gid) !== i)).toEqual([]);
  });
  it('switch on what a hypervisor starts with, and nothing by default', () => {
    const write = packages['rackhand-lab-release']!.write;
    const folder = 'usr/lib/systemd/system-preset';
    expect(write[`${folder}/90-default.preset`]!.text).toContain('enable libvirtd.socket\n');
    expect(write[`${folder}/99-default-disable.preset`]!.text).toBe('disable *\n');
  });
  it('define a package in one file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rackhand-tables-'));
    try {
      await cp(join(import.meta.dirname, 'tables'), folder, { recursive: true });
      await writeFile(join(folder, 'packages/more.yaml'), 'glibc: { noarch: true }\n');
      await expect(readTables(folder)).rejects.toMatchObject({
        code: 'mirror-table',
        message: 'packages/more.yaml: glibc is in another file too',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
