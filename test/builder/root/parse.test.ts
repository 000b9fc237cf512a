import { describe, expect, it } from 'vitest';
import { parseInstalled } from '../../../builder/root/install.ts';
import { dnfFault, parseQuery, parseTransaction, primaryFingerprints } from '../../../builder/root/parse.ts';

const near = (name: string) => (name === 'qemu-kmv' ? ['qemu-kvm'] : []);

describe('dnf’s transaction table', () => {
  it('counts columns, since a long name moves the others to the next line', () => {
    const output = `Dependencies resolved.
================================================================================
 Package              Arch    Version                        Repo         Size
================================================================================
Installing:
 kernel-core          x86_64  6.1.192-2.el9                  lab          12 M
 qemu-kvm-device-display-virtio-gpu-pci
                      x86_64  1:7.2+dfsg-7+deb12u18+b3.el9   lab         8.2 k
Installing dependencies:
 bash                 x86_64  5.2.15-2.el9                   lab         900

Transaction Summary
================================================================================
Install  3 Packages
`;
    expect(parseTransaction(output)).toEqual([
      'kernel-core-0:6.1.192-2.el9.x86_64',
      'qemu-kvm-device-display-virtio-gpu-pci-1:7.2+dfsg-7+deb12u18+b3.el9.x86_64',
      'bash-0:5.2.15-2.el9.x86_64',
    ]);
  });
  it('has sections of other things, as EL8 has for module streams', () => {
    const output = `Dependencies resolved.
================================================================================
 Package              Arch    Version                        Repo         Size
================================================================================
Installing:
 libvirt-daemon       x86_64  8.0.0-23.module+el8.10.0       appstream    433 k
Installing dependencies:
 bash                 x86_64  4.4.20-5.el8                   baseos       1.5 M
Enabling module streams:
 virt                         rhel
 perl                         5.26
Installing weak dependencies:
 tar                  x86_64  2:1.30-9.el8                   baseos       838 k
Installing module profiles:
 virt/common
Installing Groups:
 Core

Transaction Summary
================================================================================
Install  3 Packages
`;
    expect(parseTransaction(output)).toEqual([
      'libvirt-daemon-0:8.0.0-23.module+el8.10.0.x86_64',
      'bash-0:4.4.20-5.el8.x86_64',
      'tar-2:1.30-9.el8.x86_64',
    ]);
  });
  it('of other text is empty', () => {
    expect(parseTransaction('Error: \n Problem: x\n')).toEqual([]);
  });
});

it('rows of metadata, with the digest as dnf prints it', () => {
  const rows = parseQuery(
    `a|0|1|1|noarch|lab|(2, b'${'\\x00'.repeat(30)}A\\n')|10|20|2026-11-24 10:49|Packages/a.rpm\n` +
      'b|2|1|1|x86_64|lab|sha256:ff|1|2||b.rpm\n',
  );
  expect(rows).toEqual([
    {
      ...{ name: 'a', epoch: 0, version: '1', release: '1', arch: 'noarch', repository: 'lab' },
      ...{ checksum: `sha256:${'00'.repeat(30)}410a`, size: 10, installSize: 20 },
      ...{ buildTime: Date.parse('2026-11-24T10:49:00Z') / 1000, location: 'Packages/a.rpm' },
    },
    {
      ...{ name: 'b', epoch: 2, version: '1', release: '1', arch: 'x86_64', repository: 'lab' },
      ...{ checksum: 'sha256:ff', size: 1, installSize: 2, buildTime: 0, location: 'b.rpm' },
    },
  ]);
});

it('a digest may hold the bar that separates fields', () => {
  const digest = `${'|'.repeat(2)}${'\\x01'.repeat(30)}`;
  const [row] = parseQuery(`a|0|1|1|noarch|lab|(2, b'${digest}')|10|20|2026-11-24 10:49|Packages/a.rpm\n`);
  expect(row).toMatchObject({
    checksum: `sha256:7c7c${'01'.repeat(30)}`,
    size: 10,
    location: 'Packages/a.rpm',
  });
});

it('installed packages are sorted, and an imported key is none', () => {
  expect(parseInstalled('b|0|1|1|noarch\ngpg-pubkey|0|ab|cd|(none)\na|1|2|3|x86_64\n')).toEqual([
    { name: 'a', epoch: 1, version: '2', release: '3', arch: 'x86_64' },
    { name: 'b', epoch: 0, version: '1', release: '1', arch: 'noarch' },
  ]);
});

it('primary keys of gpg’s listing, not their subkeys', () => {
  const listing = `pub:-:3072:1:AAAA:1:::-:::scSC::::::23::0:
fpr:::::::::${'A1'.repeat(20)}:
uid:-::::1::X::Somebody::::::::::0:
sub:-:3072:1:BBBB:1::::::e::::::23:
fpr:::::::::${'B2'.repeat(20)}:
`;
  expect(primaryFingerprints(listing)).toEqual(['A1'.repeat(20)]);
  expect(primaryFingerprints('')).toEqual([]);
});

describe('what dnf says when it fails', () => {
  it.each<[code: string, output: string, message: string]>([
    [
      'package-missing',
      'No match for argument: qemu-kmv\nNo match for argument: nothing\nError: Unable to find a match\n',
      'no repository of the recipe has: qemu-kmv (nearest: qemu-kvm); nothing',
    ],
    [
      'packages-unresolvable',
      'Error: \n Problem: conflicting requests\n  - nothing provides libfoo.so.1 needed by bar-1-1.x86_64\n',
      'dnf finds no set of packages that fits:\n Problem: conflicting requests\n  - nothing provides libfoo.so.1 needed by bar-1-1.x86_64',
    ],
    [
      'signature-wrong',
      'Package bar-1-1.el9.noarch.rpm is not signed\nError: GPG check FAILED\n',
      'signature check failed for: bar-1-1.el9.noarch\nError: GPG check FAILED',
    ],
    [
      'signature-wrong',
      'Public key for bar-1-1.el9.noarch.rpm is not installed. Failing package is: bar-1-1.el9.noarch\nError: GPG check FAILED\n',
      'signature check failed for: bar-1-1.el9.noarch\nPublic key for bar-1-1.el9.noarch.rpm is not installed. Failing package is: bar-1-1.el9.noarch\nError: GPG check FAILED',
    ],
    [
      'repository-unreachable',
      "Error: Failed to download metadata for repo 'lab': Cannot download repomd.xml\n",
      "lab cannot be read: Error: Failed to download metadata for repo 'lab': Cannot download repomd.xml",
    ],
  ])('%s', (code, output, message) => {
    expect(dnfFault(output, near)).toMatchObject({ code, message });
  });
  it('is left as it is when it is not known', () => {
    expect(dnfFault('Segmentation fault\n', near)).toBeUndefined();
  });
});
