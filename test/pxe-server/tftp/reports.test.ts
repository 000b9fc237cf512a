import pino from 'pino';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS, negotiate } from '../../../pxe-server/tftp/negotiate.ts';
import { type Ended, Reports, type TftpEvent } from '../../../pxe-server/tftp/reports.ts';
import type { SessionEnd } from '../../../pxe-server/tftp/session.ts';

const log = pino({ level: 'silent' });

const ended: Ended = {
  ...{ file: 'a.efi', size: 5_000_000, bytes: 5_000_000, seconds: 0.04 },
  ...{ repeats: 0, requested: 0 },
  asked: new Map([
    ['blksize', '1500'],
    ['x\x1b[2J', 'y'.repeat(100)],
  ]),
  given: negotiate(new Map([['blksize', '1500']]), 5_000_000, DEFAULT_LIMITS, 1472),
};
const told = (how: SessionEnd, about: Partial<Ended> = {}) => {
  const events: TftpEvent[] = [];
  new Reports((event) => events.push(event), log).ended(how, { ...ended, ...about }, '192.0.2.9');
  return events;
};

it.each<[SessionEnd, Partial<Ended>, string]>([
  [
    { kind: 'sent', proven: true },
    {},
    `sent a.efi, 5000000 bytes in 0.040 s: 125.0 MB/s in blocks of 1468 bytes; asked for blksize 1500, x?[2J ${'y'.repeat(40)}; given blksize 1468`,
  ],
  [
    { kind: 'sent', proven: false },
    {
      ...{ seconds: 126, repeats: 3, asked: new Map() },
      given: { ...ended.given, windowSize: 4, accepted: new Map() },
    },
    'sent a.efi, 5000000 bytes in 126.0 s: 40 KB/s in windows of 4 blocks of 1468 bytes, 3 packet(s) sent again; ' +
      'asked for no option; given none; the last acknowledgement did not come',
  ],
  [
    { kind: 'aborted', message: '8 user aborted' },
    {},
    'a.efi: the machine stopped the transfer (8 user aborted)',
  ],
  [
    { kind: 'gave-up' },
    { bytes: 512 },
    'a.efi: no answer after 512 bytes, given up; look at the link and at filters for UDP',
  ],
  [{ kind: 'failed', message: 'disk' }, {}, 'a.efi: disk'],
])('%j in words', (how, about, message) => {
  expect(told(how, about)).toMatchObject([{ kind: how.kind, client: '192.0.2.9', file: 'a.efi', message }]);
});

it('numbers and options of a transfer; what a client wrote cannot move a terminal', () => {
  expect(told({ kind: 'sent', proven: true }, { repeats: 2, requested: 1 })[0]?.transfer).toEqual({
    ...{ file: 'a.efi', size: 5_000_000, bytes: 5_000_000, seconds: 0.04, rate: 125_000_000 },
    ...{ retransmissions: 2, requested: 1 },
    asked: { blksize: '1500', 'x?[2J': 'y'.repeat(40) },
    given: { blksize: '1468' },
    ...{ blockSize: 1468, windowSize: 1 },
  });
});

it('thousands of events in a second are told as a number', () => {
  const events: TftpEvent[] = [];
  const reports = new Reports((event) => events.push(event), log);
  for (let i = 0; i < 5000; i++) reports.refused('absent', `name ${i}`, `name ${i} not found`, '192.0.2.9');
  reports.stop();
  const told = events.filter((event) => event.kind === 'absent');
  const counted = events.filter((event) => event.kind === 'flood');
  expect(told.length).toBeLessThanOrEqual(1000); // two seconds at most
  expect(counted.map((event) => event.message)).toEqual([
    expect.stringMatching(/^1 more TFTP event\(s\) than can be told, the last: name \d+ not found$/),
    `${5000 - told.length - 1} more TFTP event(s) than can be told, the last: name 4999 not found`,
  ]);
});
