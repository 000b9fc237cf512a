import { describe, expect, it } from 'vitest';
import { bootScript } from '../../../pxe-server/boot/scripts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { renderGrub, renderGrubStart } from '../../../pxe-server/render/grub.ts';
import { renderBoot, renderStart } from '../../../pxe-server/render/ipxe.ts';
import type { BootTrace, MintedToken, Replica } from '../../../pxe-server/roles/messages.ts';
import { host, replica } from '../replica-fixture.ts';

const endpoint = { address: '192.0.2.1', httpPort: 80 };
const mac = '52:54:00:00:00:01';

function script(loader: 'ipxe' | 'grub', given: Replica | undefined, sighting = { mac }) {
  const traces: BootTrace[] = [];
  const minted: MintedToken[] = [];
  const mint = new Mint(
    (token) => minted.push(token),
    20,
    () => 0,
  );
  const context = {
    replica: () => given,
    mint,
    httpsPort: 8443,
    trace: (t: BootTrace) => void traces.push(t),
  };
  const text = bootScript(context, endpoint, loader, sighting, '192.0.2.9');
  return { text: text.replace(/token=[0-9a-f]{32}/, 'token=TOKEN'), traces, minted };
}

describe('scripts', () => {
  it('image by iPXE, literally', () => {
    const { text, traces, minted } = script('ipxe', replica());
    expect(text).toBe(`#!ipxe
echo Rackhand: host node1 boots image lab 0123456789abcdef
imgfree
kernel http://192.0.2.1/images/0123456789abcdef/vmlinuz initrd=initramfs root=live:http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs ip=dhcp rd.neednet=1 BOOTIF=01-52-54-00-00-00-01 rd.live.image console=ttyS0,115200 rackhand.ram=2048 rackhand.sha256=${'a'.repeat(64)} rackhand.size=3 rackhand.url=https://192.0.2.1:8443 rackhand.ca=${'c'.repeat(64)} rackhand.token=TOKEN || goto failed
initrd --name initramfs http://192.0.2.1/images/0123456789abcdef/initramfs.img || goto failed
boot || goto failed
:failed
echo Rackhand: kernel or initramfs could not be loaded from http://192.0.2.1; restarting in 30 s
sleep 30
reboot
`);
    expect(minted).toEqual([
      {
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        purpose: 'register',
        hostId: 'h1',
        mac,
        expiresAt: '1970-01-01T00:20:00.000Z',
      },
    ]);
    expect(traces).toEqual([
      {
        kind: 'script',
        hostId: 'h1',
        mac,
        address: '192.0.2.9',
        message: 'host node1 boots image lab 0123456789abcdef',
        image: '0123456789abcdef',
      },
    ]);
  });
  it('an unknown machine gets a token for an inventory only', () => {
    expect(script('ipxe', replica({ hosts: [] })).minted).toMatchObject([
      { purpose: 'inventory', hostId: null },
    ]);
  });
  it('image by GRUB, literally', () => {
    expect(script('grub', replica()).text).toBe(
      `set rackhand_wait=no
set timeout=0
menuentry 'host node1 boots image lab 0123456789abcdef' {
  linux /images/0123456789abcdef/vmlinuz 'root=live:http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs' 'ip=dhcp' 'rd.neednet=1' 'BOOTIF=01-52-54-00-00-00-01' 'rd.live.image' 'console=ttyS0,115200' 'rackhand.ram=2048' 'rackhand.sha256=${'a'.repeat(64)}' 'rackhand.size=3' 'rackhand.url=https://192.0.2.1:8443' 'rackhand.ca=${'c'.repeat(64)}' 'rackhand.token=TOKEN'
  initrd /images/0123456789abcdef/initramfs.img
}
`,
    );
  });
  describe('a host with a kickstart boots the installer, and nothing of the image', () => {
    const known = () =>
      replica({ hosts: [host({ kickstart: 'install', kernelArguments: ['console=ttyS1'] })] });
    const hidden = (text: string) => text.replace(/kickstart\/[0-9a-f]{32}/, 'kickstart/TOKEN');

    it('by iPXE, literally', () => {
      const { text, minted, traces } = script('ipxe', known());
      expect(hidden(text)).toBe(`#!ipxe
echo Rackhand: host node1 installs image lab 0123456789abcdef by install.ks.njk with installer el9
imgfree
kernel http://192.0.2.1/installers/el9/kernel initrd=initramfs ip=dhcp rd.neednet=1 BOOTIF=01-52-54-00-00-00-01 inst.repo=http://192.0.2.5/el9 console=ttyS1 inst.ks.sendmac inst.ks.sendsn inst.ks=http://192.0.2.1/kickstart/TOKEN || goto failed
initrd --name initramfs http://192.0.2.1/installers/el9/initramfs || goto failed
boot || goto failed
:failed
echo Rackhand: kernel or initramfs could not be loaded from http://192.0.2.1; restarting in 30 s
sleep 30
reboot
`);
      expect(minted).toMatchObject([{ purpose: 'kickstart', hostId: 'h1', mac }]);
      expect(traces).toMatchObject([{ kind: 'script', hostId: 'h1' }]);
    });
    it('by GRUB, literally', () => {
      expect(hidden(script('grub', known()).text)).toBe(`set rackhand_wait=no
set timeout=0
menuentry 'host node1 installs image lab 0123456789abcdef by install.ks.njk with installer el9' {
  linux /installers/el9/kernel 'ip=dhcp' 'rd.neednet=1' 'BOOTIF=01-52-54-00-00-00-01' 'inst.repo=http://192.0.2.5/el9' 'console=ttyS1' 'inst.ks.sendmac' 'inst.ks.sendsn' 'inst.ks=http://192.0.2.1/kickstart/TOKEN'
  initrd /installers/el9/initramfs
}
`);
    });
  });
  it('whatever a title holds, it is one line and no command', () => {
    const boot = { kernel: '/k', initramfs: '/i', commandLine: ['quiet'] };
    const title = "a\nchain http://198.51.100.66/x\r' { ${net0/mac} || $(reboot) `x`";
    expect(renderBoot({ ...boot, title }, 'http://192.0.2.1').split('\n')[1]).toMatch(
      /^echo Rackhand: a chain http:[A-Za-z0-9 .,:;()/_-]+$/,
    );
    expect(renderGrub({ ...boot, title }).split('\n')).toEqual([
      'set rackhand_wait=no',
      'set timeout=0',
      expect.stringMatching(/^menuentry 'a chain http:[A-Za-z0-9 .,:;()/_-]+' \{$/),
      "  linux /k 'quiet'",
      '  initrd /i',
      '}',
      '',
    ]);
  });
  it.each([
    ['not armed', replica({ hosts: [host({ arm: 'off' })] }), 'local', /sanboot/],
    [
      'no installer',
      replica({ hosts: [host({ kickstart: 'install' })], installers: [] }),
      'refused',
      /no installer configured\n/,
    ],
    ['frozen', replica({ hosts: [host({ state: 'frozen' })] }), 'refused', /does not boot \[frozen\]/],
    [
      'a kernel argument with a blank',
      replica({ hosts: [host({ kernelArguments: ['a b'] })] }),
      'refused',
      /\[kernel-argument\]/,
    ],
  ])('%s', (_name, given, kind, pattern) => {
    const { text, traces, minted } = script('ipxe', given);
    expect(text).toMatch(pattern);
    expect(traces).toMatchObject([{ kind }]);
    expect(text).not.toContain('rackhand.token');
    expect(minted.length).toBeLessThanOrEqual(1);
  });
  it.each([
    ['ipxe' as const, 'iseq ${platform} efi && exit || sanboot --no-describe --drive 0x80 || exit 1\n'],
    ['grub' as const, 'exit\n'],
  ])('a machine that is to be ignored goes on to its disk, by %s', (loader, last) => {
    const { text, traces, minted } = script(loader, replica({ hosts: [], unknown: 'ignore' }));
    expect(text).toContain('Rackhand: unknown machines are ignored; booting from its own disk');
    expect(text.endsWith(last)).toBe(true);
    expect([traces, minted]).toMatchObject([[{ kind: 'refused' }], []]);
  });
  it('says that the server is starting while there is no replica', () => {
    expect(script('grub', undefined).text).toContain('the server is starting');
  });
  it('the first grub.cfg, literally', () => {
    expect(renderGrubStart()).toBe(`set found=no
for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
  if [ $found = no ]; then
    if source $prefix/grub.cfg-01-$net_default_mac; then
      set found=yes
    else
      echo "Rackhand: no boot configuration for $net_default_mac, try $try of 12; next in 5 s"
      sleep 5
    fi
  fi
done
if [ $found = no ]; then
  echo 'Rackhand: giving up, the firmware goes on with its next device'
  exit
fi
`);
  });
  it('the start script keeps what iPXE expands and nothing else', () => {
    expect(renderStart('http://192.0.2.1').match(/\$\{[^}]+\}/g)).toEqual([
      '${next-server}',
      '${netX/mac}',
      '${netX/mac}',
      '${uuid}',
      '${serial:uristring}',
      '${platform}',
      '${url}',
      '${tries}',
      '${tries}',
    ]);
  });
});
