import { describe, expect, it } from 'vitest';
import { decide, resolveImage } from '../../../pxe-server/boot/decide.ts';
import { host, image, replica } from '../replica-fixture.ts';

const known = { mac: '52:54:00:00:00:01' };
const stranger = { mac: '52:54:00:00:00:99' };

describe('decide', () => {
  it.each([
    ['armed host boots its image', {}, known, { kind: 'image', host: { id: 'h1' }, image: { name: 'lab' } }],
    ['once is armed too', { hosts: [host({ arm: 'once' })] }, known, { kind: 'image' }],
    ['not armed boots its disk', { hosts: [host({ arm: 'off' })] }, known, { kind: 'local' }],
    ['frozen is refused', { hosts: [host({ state: 'frozen' })] }, known, { kind: 'refuse', code: 'frozen' }],
    ['kickstart', { hosts: [host({ kickstart: 'a.ks' })] }, known, { kind: 'kickstart', template: 'a.ks' }],
    ['unknown machine', {}, stranger, { kind: 'inventory', host: null }],
    [
      'pending host',
      { hosts: [host({ approved: false })] },
      known,
      { kind: 'inventory', host: { id: 'h1' } },
    ],
    ['unknown machines ignored', { unknown: 'ignore' as const }, stranger, { kind: 'ignore' }],
    [
      'declared serial',
      { hosts: [host({ macs: [], serial: 'SN1' })] },
      { ...stranger, serial: 'sn1' },
      { kind: 'image' },
    ],
    [
      'filler serial',
      { hosts: [host({ macs: [], serial: 'None' })] },
      { ...stranger, serial: 'none' },
      { kind: 'inventory' },
    ],
    ['no default image', { defaultImage: null }, stranger, { kind: 'refuse', code: 'no-image' }],
    ['image gone', { hosts: [host({ image: 'x' })] }, known, { kind: 'refuse', code: 'image-unknown' }],
    [
      'a MAC of one host with the serial of another',
      { hosts: [host(), host({ id: 'h2', name: 'node2', macs: [], serial: 'SN2' })] },
      { ...known, serial: 'SN2' },
      { kind: 'refuse', code: 'ambiguous', why: expect.stringContaining('node1, node2') },
    ],
    [
      'one UUID declared twice',
      { hosts: [host({ uuid: 'u-1' }), host({ id: 'h2', name: 'node2', macs: [], uuid: 'u-1' })] },
      { ...stranger, uuid: 'U-1' },
      { kind: 'refuse', code: 'ambiguous' },
    ],
  ])('%s', (_name, change, sighting, expected) => {
    expect(decide(replica(change), sighting)).toMatchObject(expected);
  });
});

describe('resolveImage', () => {
  const images = [image({ id: 'aaaa000000000000' }), image({ id: 'aaaa111111111111', name: 'rocky9' })];
  it.each([
    ['rocky9', 'lab', 'aaaa111111111111'],
    [undefined, 'lab', 'aaaa000000000000'],
    [undefined, null, undefined],
    ['aaaa', 'lab', undefined],
    ['none', 'lab', undefined],
  ])('%s, by default %s → %s', (wanted, defaultImage, id) => {
    expect(resolveImage(replica({ images, defaultImage }), wanted)?.id).toBe(id);
  });
});
