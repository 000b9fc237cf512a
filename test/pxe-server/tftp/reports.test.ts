import pino from 'pino';
import { expect, it } from 'vitest';
import { Reports, type TftpEvent } from '../../../pxe-server/tftp/reports.ts';

const log = pino({ level: 'silent' });

it.each([
  [{ kind: 'sent', bytes: 5, seconds: 0.04, proven: true } as const, 'sent a.efi, 5 bytes in 0.0 s'],
  [
    { kind: 'sent', bytes: 5, seconds: 1.26, proven: false } as const,
    'sent a.efi, 5 bytes in 1.3 s; the last acknowledgement did not come',
  ],
  [
    { kind: 'aborted', message: '8 user aborted' } as const,
    'a.efi: the machine stopped the transfer (8 user aborted)',
  ],
  [
    { kind: 'gave-up', bytes: 512 } as const,
    'a.efi: no answer after 512 bytes, given up; look at the link and at filters for UDP',
  ],
  [{ kind: 'failed', message: 'disk' } as const, 'a.efi: disk'],
])('%j in words', (how, message) => {
  const events: TftpEvent[] = [];
  new Reports((event) => events.push(event), log).ended('a.efi', how, '192.0.2.9');
  expect(events).toEqual([{ kind: how.kind, client: '192.0.2.9', message }]);
});

it('thousands of events in a second are told as a number', () => {
  const events: TftpEvent[] = [];
  const reports = new Reports((event) => events.push(event), log);
  for (let i = 0; i < 5000; i++) reports.refused('absent', `name ${i} not found`, '192.0.2.9');
  reports.stop();
  const told = events.filter((event) => event.kind === 'absent');
  const counted = events.filter((event) => event.kind === 'flood');
  expect(told.length).toBeLessThanOrEqual(1000); // two seconds at most
  expect(counted.map((event) => event.message)).toEqual([
    expect.stringMatching(/^1 more TFTP event\(s\) than can be told, the last: name \d+ not found$/),
    `${5000 - told.length - 1} more TFTP event(s) than can be told, the last: name 4999 not found`,
  ]);
});
