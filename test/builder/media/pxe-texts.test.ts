import { expect, it } from 'vitest';
import { PLATFORMS } from '../../../builder/media/platform.ts';
import { pxeTexts } from '../../../builder/media/pxe-texts.ts';
import { ipxeOf } from '../../../builder/media/pxe-tree.ts';
import { manifest } from '../../shared/manifest.ts';

const sha256 = 'a'.repeat(64);
const image = manifest({
  artifacts: [
    { role: 'kernel', file: 'vmlinuz', size: 3, sha256 },
    { role: 'initramfs', file: 'initramfs.img', size: 4, sha256 },
    { role: 'rootfs', file: 'rootfs.squashfs', size: 5, sha256 },
  ],
});
const texts = (secureBoot: boolean) =>
  new Map(pxeTexts({ manifest: image, address: 'http://192.0.2.1/rh', folder: '/srv/pxe', secureBoot }));
const ROOT = `root=live:http://192.0.2.1/rh/images/0123456789abcdef/rootfs.squashfs ip=dhcp rd.neednet=1`;
const REST = `rd.live.image rackhand.ram=1024 rackhand.sha256=${sha256} rackhand.size=5`;

it('iPXE boots the image by HTTP, on the interface that the firmware used', () => {
  expect(texts(false).get('boot.ipxe')).toBe(`#!ipxe
echo Rackhand lab, image 0123456789abcdef
imgfree
kernel http://192.0.2.1/rh/images/0123456789abcdef/vmlinuz initrd=initramfs ${ROOT} BOOTIF=01-\${netX/mac:hexhyp} ${REST} || goto failed
initrd --name initramfs http://192.0.2.1/rh/images/0123456789abcdef/initramfs.img || goto failed
boot || goto failed
:failed
echo Kernel or initramfs could not be loaded from http://192.0.2.1/rh; restarting in 30 s
sleep 30
reboot
`);
});

it('GRUB has kernel and initramfs from where it came, for Secure Boot alone', () => {
  const grub = `set timeout=0
menuentry 'Rackhand lab, image 0123456789abcdef' {
  linux /images/0123456789abcdef/vmlinuz ${ROOT} ${REST}
  initrd /images/0123456789abcdef/initramfs.img
}
`;
  expect([texts(true).get('grub.cfg'), texts(true).get('grub/grub.cfg')]).toEqual([grub, grub]);
  expect([...texts(false).keys()]).toEqual(['boot.ipxe', 'dnsmasq.conf']);
});

it.each([
  [false, 'snponly.efi'],
  [true, 'shimx64.efi'],
])('dnsmasq gives each kind of machine its loader, with Secure Boot: %s', (secureBoot, uefi) => {
  expect(
    texts(secureBoot).get('dnsmasq.conf'),
  ).toBe(`# dnsmasq --conf-file=/srv/pxe/dnsmasq.conf --interface=NIC --dhcp-range=FIRST,LAST
# An HTTP server has to have this folder at http://192.0.2.1/rh
port=0
enable-tftp
tftp-root=/srv/pxe
dhcp-match=set:bios,option:client-arch,0
dhcp-match=set:uefi,option:client-arch,7
dhcp-match=set:uefi,option:client-arch,9
dhcp-match=set:http,option:client-arch,16
dhcp-userclass=set:ipxe,iPXE
dhcp-boot=tag:ipxe,http://192.0.2.1/rh/boot.ipxe
dhcp-boot=tag:!ipxe,tag:bios,undionly.kpxe
dhcp-boot=tag:!ipxe,tag:uefi,${uefi}
dhcp-boot=tag:!ipxe,tag:http,http://192.0.2.1/rh/${uefi}
dhcp-option-force=tag:!ipxe,tag:http,60,HTTPClient
`);
});

it.each([
  [false, 'snponly-arm64.efi'],
  [true, 'shimaa64.efi'],
])('machines with 64-bit ARM alone start an image for them, with Secure Boot: %s', (secureBoot, uefi) => {
  const arm = { ...image, arch: 'aarch64' } as const;
  const tree = { manifest: arm, address: 'http://192.0.2.1', folder: '/srv/pxe', secureBoot };
  const text = new Map(pxeTexts(tree)).get('dnsmasq.conf')!;
  expect(text.split('\n').filter((line) => /^dhcp-(match|boot)/.test(line))).toEqual([
    'dhcp-match=set:uefi,option:client-arch,11',
    'dhcp-match=set:http,option:client-arch,19',
    'dhcp-boot=tag:ipxe,http://192.0.2.1/boot.ipxe',
    `dhcp-boot=tag:!ipxe,tag:uefi,${uefi}`,
    `dhcp-boot=tag:!ipxe,tag:http,http://192.0.2.1/${uefi}`,
  ]);
});

it('iPXE of this machine is what the image’s machines start', () => {
  expect(ipxeOf(PLATFORMS.x86_64)).toEqual({
    'undionly.kpxe': ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'],
    'snponly.efi': ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'],
  });
  expect(ipxeOf(PLATFORMS.aarch64)).toEqual({
    'snponly-arm64.efi': ['/usr/lib/ipxe/snponly-arm64.efi', '/usr/share/ipxe/arm64-efi/snponly.efi'],
  });
});

it('an image without a root is none for it', () => {
  const tree = { manifest: manifest(), address: 'http://192.0.2.1', folder: '/srv/pxe', secureBoot: false };
  expect(() => pxeTexts(tree)).toThrow('has no rootfs');
});
