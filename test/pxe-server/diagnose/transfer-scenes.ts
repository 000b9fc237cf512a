import { factsAt, LEASED, tftp, traceOf } from '../trace/steps.ts';
import type { Scene } from './scene.ts';

export const TRANSFER_SCENES = {
  'tftp-stopped': [
    {
      what: 'in the middle',
      trace: traceOf(...LEASED, [30, tftp('gave-up', 'snponly.efi', { bytes: 73_400 })]),
      facts: factsAt(31),
      says: /in the middle of snponly\.efi, after 73\.4 kB/,
      mend: /the link/,
      evidence: [4],
    },
    {
      what: 'never answered',
      trace: traceOf(...LEASED, [30, tftp('gave-up', 'snponly.efi', { bytes: 0 })]),
      facts: factsAt(31),
      says: /not one answer came/,
      mend: /ports of transfers/,
      evidence: [4],
    },
    {
      what: 'a file that cannot be read here',
      trace: traceOf(...LEASED, [
        3,
        tftp('failed', 'images/0123456789abcdef/vmlinuz', { why: 'it cannot be read; check the catalog' }),
      ]),
      facts: factsAt(31),
      says: /^images\/0123456789abcdef\/vmlinuz could not be sent: it cannot be read; check the catalog$/,
      mend: /rackhand images verify 0123456789abcdef;/,
      evidence: [4],
    },
  ],
  'tftp-lock-step': [
    {
      what: 'a kernel block by block over 25 ms',
      trace: traceOf(...LEASED, [
        400,
        tftp('sent', 'images/0123456789abcdef/vmlinuz', {
          ...{ bytes: 12_000_000, seconds: 204, window: 1, blockSize: 1468, repeated: 4 },
          ...{ askedBlockSize: true, askedWindow: false },
        }),
      ]),
      facts: factsAt(401),
      says: /one of 1468 bytes each 25\.0 ms makes 58\.8 kB\/s; with a window of 16 blocks it would be up to 941\.2 kB\/s, 13 s instead of 204 s/,
      mend: /its program asked for no window; .*RFC 7440/,
      evidence: [4],
    },
    {
      what: 'blocks of 512 bytes, since nothing was asked',
      trace: traceOf(...LEASED, [
        60,
        tftp('sent', 'a.efi', {
          ...{ bytes: 1_024_000, seconds: 20, window: 1, blockSize: 512, repeated: 0 },
          ...{ askedBlockSize: false, askedWindow: false },
        }),
      ]),
      facts: factsAt(61),
      says: /one of 512 bytes each 10\.0 ms makes 51\.2 kB\/s/,
      mend: /asked for no window and for no block size/,
      evidence: [4],
    },
  ],
  'tftp-lossy': [
    {
      what: 'towards the machine',
      trace: traceOf(...LEASED, [9, tftp('sent', 'snponly.efi', { repeated: 12, requested: 11 })]),
      facts: factsAt(10),
      says: /12 blocks were sent again \(8\.8%\); what we sent got lost/,
      mend: /CRC/,
      evidence: [4],
    },
    {
      what: 'towards us',
      trace: traceOf(...LEASED, [9, tftp('sent', 'snponly.efi', { repeated: 12, requested: 0 })]),
      facts: factsAt(10),
      says: /what the machine sent got lost/,
      mend: /duplex/,
      evidence: [4],
    },
    {
      what: 'block by block, which is not slow by itself then',
      trace: traceOf(...LEASED, [
        60,
        tftp('sent', 'a.efi', { bytes: 512_000, seconds: 20, window: 1, blockSize: 512, repeated: 30 }),
      ]),
      facts: factsAt(61),
      says: /30 blocks were sent again \(3\.0%\); block by block it cannot be told/,
      mend: /CRC/,
      evidence: [4],
    },
    {
      what: 'stopped in the middle of it',
      trace: traceOf(...LEASED, [
        60,
        tftp('aborted', 'a.efi', {
          bytes: 51_200,
          seconds: 9,
          blockSize: 512,
          window: 8,
          repeated: 20,
          requested: 18,
        }),
      ]),
      facts: factsAt(61),
      says: /18 blocks were sent again \(18\.0%\); what we sent got lost/,
      mend: /CRC/,
      evidence: [4],
    },
  ],
} satisfies Record<string, Scene[]>;
