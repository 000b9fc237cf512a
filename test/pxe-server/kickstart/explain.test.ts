import { expect, it } from 'vitest';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { explainDocument, explanationText } from '../../../pxe-server/kickstart/explain/explain.ts';
import { samples } from './samples.ts';

const explained = (text: string) =>
  explanationText(explainDocument(checkKickstart(text, { release: 'el9' }).document));

it('tells in plain words what a kickstart does, with a picture of the disks', () => {
  expect(explained(samples.plain!)).toBe(`before anything else
  line 37: a script of 3 lines for /usr/bin/bash, logged in /tmp/pre.log

what is installed (EL9)
  packages from https://mirror.example.com/el/BaseOS/x86_64/os/ (url)
  packages of AppStream from https://mirror.example.com/el/AppStream/x86_64/os/ too
  environment minimal-environment
  groups virtualization-hypervisor
  packages kernel
  without plymouth

disks
  ALL DATA ON sda, sdb IS LOST
  disks without a label that is known get one
  disk sda, emptied first
  ├─ partition              1 MiB  biosboot
  ├─ raid.11             1024 MiB  member of a RAID device
  └─ raid.21    20480 MiB or more  member of a RAID device
  disk sdb, emptied first
  ├─ raid.12           1024 MiB  member of a RAID device
  └─ raid.22  20480 MiB or more  member of a RAID device
  RAID1 md0, of raid.11 + raid.12: /boot, xfs
  RAID1 md1, of raid.21 + raid.22: physical volume
  volume group vg0, of pv.01, 10% kept free
  ├─ root       10240 MiB to 51200 MiB  /, xfs
  ├─ var           40% of what is free  /var, encrypted
  └─ swap  as large as the memory asks  swap

network
  bond0: a bond of eno1 + eno2 (mode=802.3ad,miimon=100), 192.0.2.10/255.255.255.0 by 192.0.2.1, name servers 192.0.2.1, 192.0.2.2
  bond0: VLAN 20, 198.51.100.10/255.255.255.0
  br0: a bridge of eno3, IPv6 2001:db8::10/64

who may log in
  root: by password
  admin: by password, in wheel, libvirt

the system
  language: en_US.UTF-8
  keyboard: us
  time zone: UTC
  SELinux: permissive
  firewall: off
  boot loader on: sda
  services on: sshd

after the packages
  line 42: a script of 1 line for /bin/sh, in the installer

at the end
  the machine starts again
`);
});

it('shows thin volumes in their pool, and what is there already', () => {
  expect(explained(samples.image!)).toContain(`  volume group rackhand, of pv.01, extents of 4096 KiB
  ├─ pool     30000 MiB or more  thin pool
  ├─   root            6144 MiB  /, xfs
`);
  expect(explained(samples.mounts!)).toContain('├─ /dev/disk/by-label/root');
  expect(explained(samples.automatic!)).toContain(
    'the installer lays the disks out itself: thin logical volumes, encrypted, without /home',
  );
});

it('never shows a password', () => {
  for (const text of Object.values(samples))
    expect(explained(text)).not.toMatch(/secret|correct horse|\$6\$/);
});
