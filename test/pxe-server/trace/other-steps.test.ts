import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { BootTrace } from '../../../pxe-server/roles/messages.ts';
import { DEFAULT_LIMITS, negotiate } from '../../../pxe-server/tftp/negotiate.ts';
import { Reports, type TftpEvent, type TransferReport } from '../../../pxe-server/tftp/reports.ts';
import { tftpAsked, tftpStep, traceStep } from '../../../pxe-server/trace/other-steps.ts';
import { wordsOf } from '../../../pxe-server/trace/words.ts';

const trace = (kind: BootTrace['kind'], change: Partial<BootTrace> = {}): BootTrace => ({
  ...{ kind, hostId: 'h1', mac: '52:54:00:00:00:01', address: '192.0.2.101', message: 'said' },
  ...change,
});
const WHO = { at: 5, hostId: 'h1', mac: '52:54:00:00:00:01', address: '192.0.2.101' };

it.each([
  ['script', { layer: 'script', decision: 'boot', message: 'said', image: 'i1' }],
  ['local', { layer: 'script', decision: 'local', message: 'said' }],
  ['refused', { layer: 'script', decision: 'refused', message: 'said' }],
  ['kickstart', { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart' }],
  ['conflict', { layer: 'note', kind: 'conflict', message: 'said' }],
] as const)('%s', (kind, fact) => {
  expect(traceStep(trace(kind, kind === 'script' ? { image: 'i1' } : {}), 5)).toEqual({ ...WHO, fact });
});
it('a kickstart that is fetched again, and one that is refused', () => {
  const again = { layer: 'installer', step: 'kickstart', message: 'fetches its kickstart again' };
  expect(traceStep(trace('kickstart-again'), 5)).toEqual({ ...WHO, fact: again });
  const fact = { layer: 'installer', step: 'refused', message: 'said' };
  expect(traceStep(trace('late-use'), 5)).toEqual({ ...WHO, fact });
  // The address is a stranger's: what comes from it is not the host's.
  const { address: _strangers, ...host } = WHO;
  for (const kind of ['second-use', 'wrong-host'] as const)
    expect(traceStep(trace(kind), 5)).toEqual({ ...host, fact });
});
it('what packets say better, and what is nobody’s', () => {
  expect(traceStep(trace('dhcp'), 5)).toBeUndefined();
  expect(traceStep(trace('download'), 5)).toBeUndefined();
  expect(traceStep(trace('refused', { hostId: null, mac: null, address: null }), 5)).toBeUndefined();
});

describe('a transfer', () => {
  const client = '192.0.2.101';
  const told = (event: Parameters<typeof tftpStep>[0]) => tftpStep(event, 5)?.fact;

  it('that is asked for', () => {
    expect(tftpAsked('snponly.efi', client, 5)).toEqual({
      ...{ at: 5, address: client },
      fact: { layer: 'tftp', step: 'asked', name: 'snponly.efi' },
    });
  });
  const file = 'a b.efi';
  const message = 'whatever';
  it.each([
    ['absent', {}],
    ['refused', { why: 'why' }],
    ['failed', { why: 'why' }],
  ] as const)('that was not begun: %s', (kind, more) => {
    expect(told({ kind, client, file, message, why: 'why' })).toEqual({
      layer: 'tftp',
      step: kind,
      name: file,
      ...more,
    });
  });
  const transfer: TransferReport = {
    ...{ file, size: 2000, bytes: 1000, seconds: 2, rate: 500, retransmissions: 3, requested: 1 },
    ...{ asked: { blksize: '1468', windowsize: '4' }, given: { blksize: '1468', windowsize: '4' } },
    ...{ blockSize: 1468, windowSize: 4 },
  };
  const ended = {
    ...{ file, size: 2000, bytes: 1000, seconds: 2, repeats: 0, requested: 0, asked: new Map() },
    given: negotiate(new Map(), 2000, DEFAULT_LIMITS, 1472),
  };
  const figures = {
    ...{ name: file, size: 2000, bytes: 1000, seconds: 2, repeated: 3, requested: 1 },
    ...{ blockSize: 1468, window: 4, askedBlockSize: true, askedWindow: true },
  };
  it.each([
    ['sent', {}],
    ['gave-up', {}],
    ['aborted', { why: 'why' }],
    ['failed', { why: 'why' }],
  ] as const)('in figures: %s', (kind, more) => {
    const fact = { layer: 'tftp', step: kind, ...figures, ...more };
    expect(told({ kind, client, file, message, transfer, why: 'why' })).toEqual(fact);
  });
  it('without options: what is in force is told, and that nothing was asked', () => {
    const plain = { ...transfer, asked: {}, given: {}, blockSize: 512, windowSize: 1 };
    const fact = told({ kind: 'sent', client, file, message, transfer: plain });
    expect(fact).toMatchObject({ blockSize: 512, window: 1, askedBlockSize: false, askedWindow: false });
  });
  it.each<[(reports: Reports) => void, string]>([
    [
      (reports) => reports.ended({ kind: 'aborted', message: '0 User aborted' }, ended, client),
      'stops the transfer of a b.efi after 1.0 kB: 0 User aborted',
    ],
    [
      (reports) => reports.ended({ kind: 'failed', message: 'file cannot be read' }, ended, client),
      'a b.efi is not sent: file cannot be read',
    ],
    [
      (reports) => reports.notReadable(file, new Error('EIO'), client),
      'a b.efi is not sent: it cannot be read; check the catalog',
    ],
    [
      (reports) => reports.refused('refused', file, 'nothing is written here', client),
      'a b.efi is not sent: nothing is written here',
    ],
  ])('says its name once', (end, words) => {
    const events: TftpEvent[] = [];
    end(new Reports((event) => events.push(event), pino({ level: 'silent' })));
    expect(events.map((event) => wordsOf(tftpStep(event, 5)!))).toEqual([words]);
  });
  it('of nobody, or that names nothing', () => {
    expect(told({ kind: 'flood', client, message: '3 more' })).toBeUndefined();
    expect(told({ kind: 'sent', file, message, transfer })).toBeUndefined();
    expect(told({ kind: 'refused', client, message: '3 requests left unanswered' })).toBeUndefined();
  });
});
