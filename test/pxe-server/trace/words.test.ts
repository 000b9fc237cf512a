import { expect, it } from 'vitest';
import type { Fact } from '../../../pxe-server/trace/entry.ts';
import { directionOf, secondsText, wordsOf } from '../../../pxe-server/trace/words.ts';
import {
  ack,
  agent,
  discover,
  foreign,
  http,
  nak,
  noAnswer,
  offer,
  report,
  request,
  script,
  tftp,
} from './steps.ts';

it.each<[Fact, string, string]>([
  [discover(), 'in', 'its firmware looks for DHCP servers, architecture 7 (UEFI on x64)'],
  [
    discover({ secs: 12, client: 'ipxe' }),
    'in',
    'its iPXE looks for DHCP servers, architecture 7 (UEFI on x64), trying for 12 s',
  ],
  [offer(), 'out', 'offers 192.0.2.101, boot file snponly.efi from 192.0.2.1'],
  [
    offer({ address: undefined }),
    'out',
    'offers a boot file, the address is another server’s, boot file snponly.efi from 192.0.2.1',
  ],
  [
    foreign('offer', { bootFile: 'x.0' }),
    'other',
    'another DHCP server (192.0.2.66, 02:00:00:00:00:66) offers 192.0.2.200, boot file x.0',
  ],
  [
    { layer: 'installer', step: 'failed', message: 'the rule fits 3', line: 40 },
    'in',
    'its installation failed, line 40 of the kickstart: the rule fits 3',
  ],
  [
    { layer: 'installer', step: 'log', message: 'mkfs \x1b[2J failed', severity: 3, program: 'program' },
    'in',
    'log: program: mkfs \ufffd[2J failed',
  ],
  [{ layer: 'installer', step: 'log', message: 'a line' }, 'in', 'log: a line'],
  [{ layer: 'installer', step: 'done', message: 'installed' }, 'in', 'installed'],
  [request(), 'in', 'its firmware takes 192.0.2.101 of server 192.0.2.1'],
  [request({ port: 4011 }), 'in', 'its firmware asks for the boot file on port 4011'],
  [{ ...request(), type: 'decline' }, 'in', 'its firmware declines 192.0.2.101: somebody else answers there'],
  [ack({ bootFile: undefined }), 'out', 'gives 192.0.2.101, without a boot file'],
  [nak('taken'), 'out', 'refuses the address: taken'],
  [noAnswer('the pool is empty'), 'out', 'no answer: the pool is empty'],
  [
    { layer: 'arp', step: 'asks', address: '192.0.2.101', target: '192.0.2.1' },
    'in',
    'looks for 192.0.2.1, as 192.0.2.101',
  ],
  [
    { layer: 'arp', step: 'asks', address: '192.0.2.101', target: '192.0.2.101' },
    'in',
    'announces 192.0.2.101',
  ],
  [tftp('asked', 'snponly.efi'), 'in', 'asks for snponly.efi by TFTP'],
  [
    tftp('sent', 'snponly.efi', { repeated: 3 }),
    'out',
    'has snponly.efi, 200.0 kB in 0.2 s (window 4, 3 blocks sent again)',
  ],
  [tftp('gave-up', 'snponly.efi', { bytes: 1500 }), 'out', 'snponly.efi: no answer any more after 1.5 kB'],
  [http('begun', 'image', '/images/x/rootfs'), 'in', 'asks for /images/x/rootfs by HTTP'],
  [
    http('broken', 'image', '/x', { bytes: 5e7, size: 2e8, seconds: 12 }),
    'out',
    '/x: the connection ended after 50.0 MB of 200.0 MB in 12 s',
  ],
  [
    http('moving', 'kernel', '/x', { bytes: 3e6, size: 12e6, seconds: 45, rate: 66_200 }),
    'out',
    'has 3.0 MB of 12.0 MB of /x in 45 s, 66.2 kB/s now',
  ],
  [
    tftp('aborted', 'a.efi', { bytes: 0, why: '8 User aborted' }),
    'in',
    'stops the transfer of a.efi before its first block, as firmware does to learn the size: 8 User aborted',
  ],
  [
    tftp('aborted', 'a.efi', { bytes: 0, why: 'its port is closed' }),
    'in',
    'stops the transfer of a.efi: its port is closed',
  ],
  [script('local', 'not armed'), 'out', 'is told: not armed'],
  [report('image-wrong', 'its SHA-256 is …'), 'in', 'its initramfs stops [image-wrong]: its SHA-256 is …'],
  [
    agent('ca', { clock: -7200 }),
    'in',
    'its agent fetches the certificate authority, its clock is 2 h behind',
  ],
  [
    agent('refused', { code: 'token-expired', message: 'late' }),
    'in',
    'registration refused [token-expired]: late',
  ],
])('%o', (fact, direction, words) => {
  expect(wordsOf({ at: 0, fact })).toBe(words);
  expect(directionOf(fact)).toBe(direction);
});

it('what a machine sends moves no cursor and shows no token', () => {
  const fact = tftp('asked', `x\u001b[2J${'0123456789abcdef'.repeat(2)}\n`);
  expect(wordsOf({ at: 0, fact, times: 3 })).toBe('asks for x\ufffd[2J[token]  by TFTP (3 times)');
});

it.each([
  [0, '1 ms'],
  [0.0194, '19 ms'],
  [0.0999, '100 ms'],
  [0.1, '0.1 s'],
  [3.26, '3.3 s'],
  [92.4, '92 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(secondsText(seconds)).toBe(text);
});
