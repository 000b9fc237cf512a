import { describe, expect, it } from 'vitest';
import { diagnose, KINDS } from '../../../pxe-server/diagnose/diagnose.ts';
import type { HttpFact, TftpFact } from '../../../pxe-server/trace/entry.ts';
import {
  discover,
  factsAt,
  foreign,
  http,
  IMAGE,
  IMAGED,
  KERNELED,
  LEASED,
  LOADED,
  offer,
  REGISTERED,
  request,
  SCRIPTED,
  tftp,
  traceOf,
} from '../trace/steps.ts';
import { LOADER_SCENES } from './loader-scenes.ts';
import { NETWORK_SCENES } from './network-scenes.ts';
import type { Scene } from './scene.ts';
import { SCRIPT_SCENES } from './script-scenes.ts';
import { SYSTEM_SCENES } from './system-scenes.ts';
import { TRANSFER_SCENES } from './transfer-scenes.ts';

/** At least one trace for each diagnosis, which it has to give first. */
const SCENES: Record<keyof typeof KINDS, Scene[]> = {
  ...NETWORK_SCENES,
  ...LOADER_SCENES,
  ...TRANSFER_SCENES,
  ...SCRIPT_SCENES,
  ...SYSTEM_SCENES,
};

const kindsOf = (...of: Parameters<typeof diagnose>) => diagnose(...of).map(({ kind }) => kind);

describe.each(Object.entries(SCENES))('%s', (kind, scenes) => {
  it.each(scenes)('$what', ({ trace, facts, says, mend, evidence }) => {
    const found = diagnose(trace, facts);
    const one = found.find((diagnosis) => diagnosis.kind === kind);
    expect(found.map((diagnosis) => diagnosis.kind)).toContain(kind);
    expect(one?.what).toMatch(says);
    expect(one?.mend).toMatch(mend);
    expect(one?.evidence).toEqual(evidence);
    // Whatever ends the boot comes first; this is it, or what it hides behind is of the same trace.
    if (kind !== 'duplicate-uuid' && kind !== 'link-slow') expect(found[0]?.kind).toBe(kind);
  });
});

describe('a boot that goes well', () => {
  it.each([
    ['at its end', traceOf(...REGISTERED), 60],
    ['and later', traceOf(...REGISTERED), 3600],
    ['while its loader starts', traceOf(...LOADED), 4],
    ['while the script is read', traceOf(...SCRIPTED), 8],
    ['while its kernel starts', traceOf(...KERNELED), 30],
    ['while the image starts', traceOf(...IMAGED), 60],
    [
      'with what shim and GRUB try in passing',
      traceOf(
        ...LEASED,
        [2, tftp('sent', 'shimx64.efi')],
        [2, tftp('absent', 'revocations_sbat.efi')],
        [2, tftp('absent', 'shim_certificate_0.efi')],
        [3, tftp('sent', 'grubx64.efi')],
        [4, tftp('absent', 'grub/x86_64-efi/command.lst')],
        [4, tftp('sent', 'grub/grub.cfg')],
      ),
      5,
    ],
  ])('%s has no diagnosis', (_when, trace, second) => {
    expect(kindsOf(trace, factsAt(second))).toEqual([]);
  });
  it.each<[string, Partial<TftpFact>]>([
    ['few blocks sent again', { repeated: 4, requested: 4 }],
    ['a small share of them', { bytes: 20e6, blockSize: 512, repeated: 300, requested: 300 }],
    ['slow in a window', { bytes: 400_000, seconds: 20, blockSize: 512, window: 4 }],
    ['long by its size alone', { bytes: 40e6, seconds: 20, blockSize: 1468, window: 1 }],
    ['soon over', { bytes: 60_000, seconds: 3, blockSize: 512, window: 1 }],
  ])('nor has a transfer: %s', (_what, figures) => {
    const trace = traceOf(...LEASED, [20, tftp('sent', 'snponly.efi', figures)]);
    expect(kindsOf(trace, factsAt(21))).toEqual([]);
  });
  it('a machine that left in the middle was not on a bad link for that', () => {
    const figures = { bytes: 51_200, seconds: 60, blockSize: 512, window: 64, repeated: 512, requested: 0 };
    const trace = traceOf(...LEASED, [60, tftp('gave-up', 'a.efi', figures)]);
    expect(kindsOf(trace, factsAt(61))).toEqual(['tftp-stopped']);
  });
  it('another server that was not followed is only worth knowing', () => {
    const trace = traceOf([0, discover()], [0, foreign('offer')], ...REGISTERED.slice(1));
    expect(diagnose(trace, factsAt(60))).toMatchObject([
      { kind: 'foreign-dhcp-server', effect: 'notes', evidence: [1] },
    ]);
  });
  it.each<[string, string, Parameters<typeof traceOf>]>([
    [
      'another server, whose offer it left alone',
      'foreign-dhcp-server',
      [[0, discover()], [0, foreign('offer')], ...KERNELED.slice(1)],
    ],
    [
      'another server, whose offer it took at first',
      'foreign-dhcp-server',
      [
        [0, discover()],
        [0, foreign('offer')],
        [0, request({ server: '192.0.2.66', address: '192.0.2.200' })],
        ...KERNELED,
      ],
    ],
    [
      'an address that was taken, since it got another one',
      'address-in-use',
      [...LEASED, [1, { ...request(), type: 'decline' }], ...KERNELED],
    ],
  ])('what is overcome is only worth knowing: %s', (_what, kind, steps) => {
    const found = diagnose(traceOf(...steps), factsAt(300));
    expect(found.map((one) => [one.kind, one.effect])).toEqual([
      ['initramfs-without-address', 'stops'],
      [kind, 'notes'],
    ]);
  });
  it('a transfer that stopped, when another file was had after it', () => {
    const trace = traceOf(...LEASED, [30, tftp('gave-up', 'a.efi', { bytes: 512 })], ...KERNELED.slice(4));
    expect(kindsOf(trace, factsAt(31))).toEqual([]);
  });
  it('an installation that failed and was then done is whole', () => {
    const trace = traceOf(
      ...KERNELED,
      [60, { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart' }],
      [80, { layer: 'installer', step: 'failed', message: 'a script', line: 40 }],
      [90, { layer: 'installer', step: 'done', message: 'installed' }],
    );
    expect(kindsOf(trace, factsAt(91))).toEqual([]);
  });
  it('a kickstart that a stranger was refused is the host’s all the same', () => {
    const trace = traceOf(
      ...KERNELED,
      [60, { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart' }],
      [61, { layer: 'installer', step: 'refused', message: 'a second machine' }],
    );
    expect(kindsOf(trace, factsAt(62))).toEqual([]);
  });
  it.each<[string, Partial<HttpFact>, number]>([
    ['large, at the speed of its link', { bytes: 2e9, size: 20e9, seconds: 15, rate: 118e6 }, 5],
    ['slow, and soon over', { bytes: 3e6, size: 4e6, seconds: 15, rate: 2e5 }, 5],
    ['of unknown size, and young', { bytes: 3e6, seconds: 15, rate: 2e5 }, 5],
  ])('nor has a download that goes on: %s', (_what, figures, later) => {
    const trace = traceOf(
      ...KERNELED,
      [27, http('begun', 'image', IMAGE)],
      [42, http('moving', 'image', IMAGE, figures)],
    );
    expect(kindsOf(trace, factsAt(42 + later))).toEqual([]);
  });
  it('a slow download does not stand still, however long ago it began', () => {
    const trace = traceOf(
      ...KERNELED,
      [27, http('begun', 'image', IMAGE)],
      [2727, http('moving', 'image', IMAGE, { bytes: 150e6, size: 200e6, seconds: 2700, rate: 55e3 })],
    );
    expect(kindsOf(trace, factsAt(2740))).toEqual(['download-slow']);
  });
  it('a download that was taken up again is whole', () => {
    const path = '/images/0123456789abcdef/rootfs.squashfs';
    const trace = traceOf(
      ...KERNELED,
      [27, http('broken', 'image', path, { bytes: 1e6, size: 200e6, seconds: 3 })],
      [31, http('sent', 'image', path, { bytes: 199e6, seconds: 2 })],
    );
    expect(kindsOf(trace, factsAt(40))).toEqual([]);
  });
});

it('what ends the boot comes before what slows it, the certain before the likely', () => {
  const trace = traceOf(
    [0, discover({ secs: 28 })],
    [0, offer()],
    [1, foreign('offer')],
    ...LEASED.slice(2),
    [9, tftp('absent', 'x.0')],
  );
  expect(
    diagnose(trace, factsAt(90)).map(({ kind, effect, certainty }) => [kind, effect, certainty]),
  ).toEqual([
    ['name-absent', 'stops', 'certain'],
    ['foreign-dhcp-server', 'stops', 'likely'],
    ['link-late', 'slows', 'likely'],
  ]);
});

it('no trace whatever makes it fail: each of the scenes, cut off anywhere and shuffled', () => {
  for (const { trace, facts } of Object.values(SCENES).flat())
    for (let cut = 0; cut <= trace.length; cut++) {
      diagnose(trace.slice(0, cut), facts);
      diagnose(trace.slice(cut).toReversed(), { ...facts, host: null, machine: null, image: null });
    }
  expect(Object.keys(KINDS).length).toBeGreaterThanOrEqual(20);
});
