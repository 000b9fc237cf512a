import { expect, it } from 'vitest';
import {
  renderBoot,
  renderLocal,
  renderRefusal,
  renderStart,
  renderWaiting,
} from '../../pxe-server/render/ipxe.ts';
import { readScript } from './script.ts';

const MAC = '52:54:00:00:00:01';
const BASE = 'http://198.51.100.1';
const OWN = `${BASE}/boot/host.ipxe?mac=${MAC}&uuid=&serial=&platform=`;

it('reads what Rackhand writes', () => {
  expect(readScript(renderStart(BASE), MAC)).toEqual({ kind: 'ask', url: OWN });
  const place = { name: 'node1', place: 3, of: 9, seconds: 40, askIn: 13, renews: true };
  expect(readScript(renderWaiting(place, BASE), MAC)).toEqual({ kind: 'wait', seconds: 13, url: OWN });
  const boot = {
    ...{ title: 'host node1', kernel: '/images/1/vmlinuz', initramfs: '/images/1/initramfs.img' },
    commandLine: ['root=live:http://x/a=b', 'rd.neednet=1', 'rackhand.token=0'],
  };
  const words = { initrd: 'initramfs', root: 'live:http://x/a=b', 'rd.neednet': '1', 'rackhand.token': '0' };
  expect(readScript(renderBoot(boot, BASE), MAC)).toEqual({
    ...{ kind: 'boot', kernel: `${BASE}/images/1/vmlinuz`, initramfs: `${BASE}/images/1/initramfs.img` },
    words: new Map(Object.entries(words)),
  });
  for (const other of [renderLocal('not armed'), renderRefusal('frozen', 'two claimed it', MAC)])
    expect(readScript(other, MAC)).toMatchObject({
      kind: 'other',
      echo: expect.stringMatching(/^Rackhand: /),
    });
});
