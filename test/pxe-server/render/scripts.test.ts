import { describe, expect, it } from 'vitest';
import { bootScript } from '../../../pxe-server/boot/scripts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { renderStart } from '../../../pxe-server/render/ipxe.ts';
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
kernel http://192.0.2.1/images/0123456789abcdef/vmlinuz initrd=initramfs root=live:http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs ip=dhcp rd.neednet=1 BOOTIF=01-52-54-00-00-00-01 rd.live.image console=ttyS0,115200 rackhand.url=https://192.0.2.1:8443 rackhand.ca=${'c'.repeat(64)} rackhand.token=TOKEN || goto failed
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
      `set timeout=0
menuentry 'host node1 boots image lab 0123456789abcdef' {
  linux /images/0123456789abcdef/vmlinuz 'root=live:http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs' 'ip=dhcp' 'rd.neednet=1' 'BOOTIF=01-52-54-00-00-00-01' 'rd.live.image' 'console=ttyS0,115200' 'rackhand.url=https://192.0.2.1:8443' 'rackhand.ca=${'c'.repeat(64)}' 'rackhand.token=TOKEN'
  initrd /images/0123456789abcdef/initramfs.img
}
`,
    );
  });
  it('a kickstart host is told its own address of the kickstart', () => {
    const { text, minted } = script('ipxe', replica({ hosts: [host({ kickstart: 'install.ks.njk' })] }));
    expect(text).toMatch(/ inst\.ks=http:\/\/192\.0\.2\.1\/kickstart\/[0-9a-f]{32} /);
    expect(text).not.toContain('rackhand.token');
    expect(minted).toMatchObject([{ purpose: 'kickstart' }]);
  });
  it.each([
    ['not armed', replica({ hosts: [host({ arm: 'off' })] }), 'local', /sanboot/],
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
  it('says that the server is starting while there is no replica', () => {
    expect(script('grub', undefined).text).toContain('the server is starting');
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
