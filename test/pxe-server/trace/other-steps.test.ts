import { describe, expect, it } from 'vitest';
import type { BootTrace } from '../../../pxe-server/roles/messages.ts';
import { tftpAsked, tftpStep, traceStep } from '../../../pxe-server/trace/other-steps.ts';

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
  it.each([
    [
      { kind: 'sent', message: 'sent snponly.efi, 200000 bytes in 1.5 s' },
      { step: 'sent', name: 'snponly.efi', bytes: 200_000, seconds: 1.5 },
    ],
    [
      { kind: 'gave-up', message: 'snponly.efi: no answer after 512 bytes, given up; look' },
      { step: 'gave-up', name: 'snponly.efi', bytes: 512 },
    ],
    [
      { kind: 'absent', message: 'pxelinux.0 not found' },
      { step: 'absent', name: 'pxelinux.0' },
    ],
    [
      { kind: 'aborted', message: 'snponly.efi: the machine stopped the transfer (8 refused)' },
      {
        step: 'aborted',
        name: 'snponly.efi',
        why: 'snponly.efi: the machine stopped the transfer (8 refused)',
      },
    ],
  ] as const)('by its words: $message', (event, fact) => {
    expect(told({ ...event, client })).toEqual({ layer: 'tftp', ...fact });
  });
  it('by its fields, which say more', () => {
    const fields = {
      ...{ name: 'a b.efi', size: 2000, bytes: 1000, seconds: 2, retransmissions: 3, duplicateAcks: 1 },
      ...{ asked: { blksize: '1468', windowsize: '4' }, given: { blksize: '1468' } },
    };
    expect(told({ kind: 'gave-up', client, message: 'whatever', ...fields })).toEqual({
      ...{ layer: 'tftp', step: 'gave-up', name: 'a b.efi', size: 2000, bytes: 1000, seconds: 2 },
      ...{ repeated: 3, duplicateAcks: 1, blockSize: 1468, window: 1, askedWindow: true },
    });
  });
  it('of nobody, or that names nothing', () => {
    expect(told({ kind: 'flood', client, message: '3 more' })).toBeUndefined();
    expect(told({ kind: 'sent', message: 'sent x, 1 bytes in 1 s' })).toBeUndefined();
    expect(told({ kind: 'refused', client, message: 'mode netascii: only octet' })).toBeUndefined();
  });
});
