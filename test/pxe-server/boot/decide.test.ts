import { describe, expect, it } from 'vitest';
import { decide } from '../../../pxe-server/boot/decide.ts';
import { host, installer, replica } from '../replica-fixture.ts';

const known = { mac: '52:54:00:00:00:01' };
const stranger = { mac: '52:54:00:00:00:99' };

describe('decide', () => {
  it.each([
    ['armed host boots its image', {}, known, { kind: 'image', host: { id: 'h1' }, image: { name: 'lab' } }],
    ['once is armed too', { hosts: [host({ arm: 'once' })] }, known, { kind: 'image' }],
    ['not armed boots its disk', { hosts: [host({ arm: 'off' })] }, known, { kind: 'local' }],
    ['frozen is refused', { hosts: [host({ state: 'frozen' })] }, known, { kind: 'refuse', code: 'frozen' }],
    [
      'kickstart, by its short name',
      { hosts: [host({ kickstart: 'install' })] },
      known,
      { kind: 'kickstart', template: 'install.ks.njk', installer: { name: 'el9' }, image: { name: 'lab' } },
    ],
    [
      'kickstart gone',
      { hosts: [host({ kickstart: 'other' })] },
      known,
      { kind: 'refuse', code: 'kickstart-unknown' },
    ],
    [
      'kickstart and no installer',
      { hosts: [host({ kickstart: 'install' })], installers: [] },
      known,
      { kind: 'refuse', code: 'no-installer', why: 'no installer configured' },
    ],
    [
      'kickstart and an installer that is gone',
      { hosts: [host({ kickstart: 'install', installer: 'el8' })] },
      known,
      { kind: 'refuse', code: 'no-installer', why: 'no installer el8 configured' },
    ],
    [
      'kickstart and several installers, none named',
      { hosts: [host({ kickstart: 'install' })], installers: [installer(), installer({ name: 'el10' })] },
      known,
      { kind: 'refuse', code: 'no-installer', why: 'several installers, and the host names none' },
    ],
    [
      'kickstart and the named one of several installers',
      {
        hosts: [host({ kickstart: 'install', installer: 'el10' })],
        installers: [installer(), installer({ name: 'el10' })],
      },
      known,
      { kind: 'kickstart', installer: { name: 'el10' } },
    ],
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
