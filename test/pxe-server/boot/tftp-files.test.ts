import { beforeEach, describe, expect, it } from 'vitest';
import { tftpFiles } from '../../../pxe-server/boot/tftp-files.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import type { BootTrace, MintedToken, Replica, ReplicaImage } from '../../../pxe-server/roles/messages.ts';
import { host, image, replica } from '../replica-fixture.ts';

const endpoint = { address: '192.0.2.1', httpPort: 80 };
const loaders = new Map([['snponly.efi', Buffer.from('loader')]]);
let traces: BootTrace[];
let minted: MintedToken[];
beforeEach(() => {
  traces = [];
  minted = [];
});

function files(known: Replica | undefined = replica()) {
  const mint = new Mint((token) => minted.push(token), 20);
  const scripts = {
    ...{ replica: () => known, mint, httpsPort: 8443 },
    trace: (trace: BootTrace) => traces.push(trace),
  };
  const find = tftpFiles(endpoint, loaders, scripts);
  return (name: string) => find(name, '192.0.2.9');
}

it('loaders by their name', () => {
  expect(files()('snponly.efi')?.toString()).toBe('loader');
});

describe('grub.cfg of a machine, by the MAC in its name', () => {
  it.each([
    'grub.cfg-01-52-54-00-00-00-01',
    'grub/grub.cfg-01-52-54-00-00-00-01',
    'boot/grub/grub.cfg-01-52-54-00-00-00-01',
    'EFI/debian/grub.cfg-01-52-54-00-00-00-01',
    'grub/grub.cfg-01-52:54:00:00:00:01',
  ])('%s', (name) => {
    const text = files()(name)?.toString();
    expect(text).toContain('linux /images/0123456789abcdef/vmlinuz');
    expect(traces).toMatchObject([{ kind: 'script', hostId: 'h1', address: '192.0.2.9' }]);
    expect(minted).toMatchObject([{ purpose: 'register', hostId: 'h1', mac: '52:54:00:00:00:01' }]);
  });
  it('with upper-case digits', () => {
    const known = replica({ hosts: [host({ macs: ['52:54:00:ab:cd:ef'] })] });
    files(known)('grub/grub.cfg-01-52-54-00-AB-CD-EF');
    expect(traces).toMatchObject([{ kind: 'script', hostId: 'h1' }]);
  });
  it('says so when the machine does not boot, and mints nothing', () => {
    const known = replica({ hosts: [host({ state: 'frozen' })] });
    expect(files(known)('grub/grub.cfg-01-52-54-00-00-00-01')?.toString()).toContain('[frozen]');
    expect(minted).toEqual([]);
  });
  it('says so while the server starts', () => {
    const find = tftpFiles(endpoint, loaders, {
      ...{ replica: () => undefined, mint: new Mint(() => {}, 20), httpsPort: 8443, trace: () => {} },
    });
    expect(find('grub.cfg-01-52-54-00-00-00-01', '192.0.2.9')?.toString()).toContain(
      'the server is starting',
    );
  });
});

describe('files of an image', () => {
  it.each(['vmlinuz', 'initramfs.img', 'rootfs.squashfs'])('%s', (file) => {
    expect(files()(`images/0123456789abcdef/${file}`)).toEqual({
      path: `/images/0123456789abcdef/${file}`,
      size: 3,
    });
  });
  it('neither the ISO nor what an image is verified by: nothing that boots by TFTP asks for it', () => {
    const [artifacts, papers] = ['image.iso', 'manifest.json'].map((file) => [
      { role: 'iso' as const, file, size: 3, sha256: 'a'.repeat(64) },
    ]) as [ReplicaImage['artifacts'], ReplicaImage['papers']];
    const known = replica({ images: [image({ artifacts, papers })] });
    expect(files(known)('images/0123456789abcdef/image.iso')).toBeUndefined();
    expect(files(known)('images/0123456789abcdef/manifest.json')).toBeUndefined();
  });
});

it.each(['grub.cfg', 'grub/grub.cfg', 'boot/grub/grub.cfg', 'EFI/debian/grub.cfg'])(
  '%s, the same for every machine, sends GRUB on to its own',
  (name) => {
    expect(files()(name)?.toString()).toContain('source $prefix/grub.cfg-01-$net_default_mac;');
    expect([traces, minted]).toEqual([[], []]);
  },
);

it.each([
  ['kernel', '/installers/vmlinuz'],
  ['initramfs', '/installers/initrd.img'],
])('%s of an installer', (part, path) => {
  expect(files()(`installers/el9/${part}`)).toEqual({ path, size: 3 });
});

it.each([
  'installers/el9',
  'installers/el9/',
  'installers/el9/vmlinuz',
  'installers/el9/name',
  'installers/el9/../el9/kernel',
  'installers/el8/kernel',
  'installers/__proto__/kernel',
  '',
  '.',
  '..',
  'absent.efi',
  'SNPONLY.EFI',
  'snponly.efi/',
  '../snponly.efi',
  'images/0123456789abcdef',
  'images/0123456789abcdef/',
  'images/0123456789abcdef/manifest.json',
  'images/0123456789abcdef/../0123456789abcdef/vmlinuz',
  'images/0123456789abcdef/..',
  'images/0123456789abcde0/vmlinuz',
  'images/../etc/passwd',
  'images//vmlinuz',
  'x/images/0123456789abcdef/vmlinuz',
  'etc/passwd',
  '__proto__',
  'constructor',
  'grub.cfg/',
  'etc/grub.cfg',
  'grub/grub/grub.cfg',
  'grub.cfg-01-52-54-00-00-00',
  'grub.cfg-01-52-54-00-00-00-01-02',
  'grub.cfg-01-52-54-00-00-00-zz',
  'etc/grub.cfg-01-52-54-00-00-00-01',
  'grub.cfg-01-52-54-00-00-00-01\n',
])('nothing is called %j', (name) => {
  expect(files()(name)).toBeUndefined();
  expect([traces, minted]).toEqual([[], []]);
});
