import { describe, expect, it } from 'vitest';
import { answerBoot, baseUrl } from '../../../pxe-server/boot/answer.ts';
import type { BootAsk, BootRequest } from '../../../pxe-server/dhcp/classify.ts';
import type { ToldReplica } from '../../../pxe-server/roles/messages.ts';
import { host, image, replica } from '../replica-fixture.ts';

const KNOWN = '52:54:00:00:00:01';
const STRANGER = '52:54:00:00:00:99';
const HTTP = 'http://192.0.2.1/boot';

const FIRMWARE = {
  bios: { arch: 'bios', archNumber: 0, isPxe: true },
  uefi: { arch: 'uefi-x64', archNumber: 7, isPxe: true },
  'uefi-http': { arch: 'uefi-http-x64', archNumber: 16, isHttpBoot: true },
  'ipxe on bios': { arch: 'bios', archNumber: 0, isPxe: true, isIpxe: true },
  'ipxe on uefi': { arch: 'uefi-x64', archNumber: 7, isPxe: true, isIpxe: true },
  arm64: { arch: 'uefi-arm64', archNumber: 11, isPxe: true },
  'arm64-http': { arch: 'uefi-http-arm64', archNumber: 19, isHttpBoot: true },
  'ipxe on arm64': { arch: 'uefi-arm64', archNumber: 11, isPxe: true, isIpxe: true },
  riscv: { arch: 'other', archNumber: 27, isPxe: true },
  'no network boot': { arch: 'other', archNumber: -1 },
} satisfies Record<string, Partial<BootRequest>>;

/** The boot file that a machine with that firmware is told, or null. */
function told(
  firmware: keyof typeof FIRMWARE,
  change: Partial<ToldReplica> = {},
  mac = KNOWN,
): string | null {
  const request: BootRequest = {
    ...{ mac, xid: 1, messageType: 'discover', isPxe: false, isHttpBoot: false, isIpxe: false },
    ...FIRMWARE[firmware],
  };
  const answer = answerBoot(replica(change), { address: '192.0.2.1', httpPort: 80 }, request);
  if (answer.kind === 'none') return null;
  expect(answer.nextServer).toBe('192.0.2.1');
  return answer.bootFile;
}

describe('the boot file', () => {
  const secure = { secureBoot: true };
  const ownNo = { secureBoot: true, hosts: [host({ secureBoot: false })] };
  const ownYes = { hosts: [host({ secureBoot: true })] };
  const arm = { images: [image({ arch: 'aarch64' })] };
  it.each<[firmware: keyof typeof FIRMWARE, what: string, change: Partial<ToldReplica>, file: string | null]>(
    [
      ['bios', 'by default', {}, 'undionly.kpxe'],
      ['uefi', 'by default', {}, 'snponly.efi'],
      ['uefi-http', 'by default', {}, `${HTTP}/snponly.efi`],
      ['ipxe on bios', 'by default', {}, `${HTTP}/start.ipxe`],
      ['ipxe on uefi', 'by default', {}, `${HTTP}/start.ipxe`],
      ['riscv', 'by default', {}, null],
      ['arm64', 'with an image for x86_64', {}, null],
      ['arm64-http', 'with an image for x86_64', {}, null],
      ['ipxe on arm64', 'with an image for x86_64', {}, null],
      ['arm64', 'with an image for it', arm, 'snponly-arm64.efi'],
      ['arm64-http', 'with an image for it', arm, `${HTTP}/snponly-arm64.efi`],
      ['ipxe on arm64', 'with an image for it', arm, `${HTTP}/start.ipxe`],
      ['arm64', 'with an image for it, under Secure Boot', { ...arm, ...secure }, 'shimaa64.efi'],
      [
        'arm64-http',
        'with an image for it, under Secure Boot',
        { ...arm, ...secure },
        `${HTTP}/shimaa64.efi`,
      ],
      [
        'arm64',
        'not armed: its loader starts the disk',
        { hosts: [host({ arm: 'off' })] },
        'snponly-arm64.efi',
      ],
      ['bios', 'with an image for arm64', arm, null],
      ['uefi', 'with an image for arm64', arm, null],
      ['ipxe on uefi', 'with an image for arm64', arm, null],
      ['no network boot', 'by default', {}, null],
      ['bios', 'under Secure Boot', secure, 'undionly.kpxe'],
      ['uefi', 'under Secure Boot', secure, 'shimx64.efi'],
      ['uefi-http', 'under Secure Boot', secure, `${HTTP}/shimx64.efi`],
      ['ipxe on uefi', 'under Secure Boot', secure, `${HTTP}/start.ipxe`],
      ['riscv', 'under Secure Boot', secure, null],
      ['uefi', 'of a host without Secure Boot among others', ownNo, 'snponly.efi'],
      ['uefi-http', 'of a host without Secure Boot among others', ownNo, `${HTTP}/snponly.efi`],
      ['uefi', 'of a host with Secure Boot', ownYes, 'shimx64.efi'],
      ['uefi-http', 'of a host with Secure Boot', ownYes, `${HTTP}/shimx64.efi`],
      ['bios', 'of a host with Secure Boot', ownYes, 'undionly.kpxe'],
      [
        'uefi',
        'of a host that is not armed',
        { hosts: [host({ secureBoot: true, arm: 'off' })] },
        'shimx64.efi',
      ],
      ['uefi', 'of a frozen host', { hosts: [host({ secureBoot: true, state: 'frozen' })] }, 'shimx64.efi'],
    ],
  )('%s, %s', (firmware, _what, change, file) => {
    expect(told(firmware, change)).toBe(file);
  });
  it('of a machine that nobody declared', () => {
    expect(told('uefi', {}, STRANGER)).toBe('snponly.efi');
    expect(told('uefi', { secureBoot: true }, STRANGER)).toBe('shimx64.efi');
  });
});

describe('unknown machines ignored', () => {
  const bySerial = host({ macs: [], serial: 'S1' });
  it.each<[what: string, hosts: ToldReplica['hosts'], mac: string, file: string | null]>([
    ['a stranger', [host()], STRANGER, null],
    ['a declared host', [host()], KNOWN, 'snponly.efi'],
    [
      'any machine, where a host is declared by its serial alone: the script decides',
      [bySerial],
      STRANGER,
      'snponly.efi',
    ],
    [
      'any machine, though an inventory names MACs of that host',
      [{ ...bySerial, inventoryMacs: [KNOWN] }],
      STRANGER,
      'snponly.efi',
    ],
    ['a stranger, where that host was not approved', [{ ...bySerial, approved: false }], STRANGER, null],
    ['a stranger, where hosts have serials and MACs', [host({ serial: 'S1' })], STRANGER, null],
    ['a pending machine', [host({ approved: false })], KNOWN, null],
  ])('%s', (_what, hosts, mac, file) => {
    expect(told('uefi', { hosts, unknown: 'ignore' }, mac)).toBe(file);
  });
});

it.each([
  [6, 'architecture 6 (UEFI of 32 bits on x86)'],
  [19, 'architecture 19 (HTTP Boot on ARM of 64 bits)'],
  [-1, 'architecture -1 (none named)'],
  [300, 'architecture 300'],
])('architecture %i has no loader, and the reason names it', (archNumber, text) => {
  const base = { mac: KNOWN, xid: 1, messageType: 'discover' as const, isHttpBoot: false, isIpxe: false };
  const request: BootRequest = { ...base, arch: 'other', archNumber, isPxe: true };
  const answer = answerBoot(replica(), { address: '192.0.2.1', httpPort: 80 }, request);
  expect(answer).toEqual({ kind: 'none', why: `no loader for ${text}` });
});

it('a port other than 80 is named', () => {
  expect(baseUrl({ address: '192.0.2.1', httpPort: 8000 })).toBe('http://192.0.2.1:8000');
});

describe('by IPv6', () => {
  const endpoint = { address: 'fd00:52::1', httpPort: 8000 };
  const firmware = { arch: 'uefi-x64', archNumber: 7 } as const;
  const ask: BootAsk = { mac: KNOWN, ...firmware, isPxe: true, isHttpBoot: false, isIpxe: false };
  it.each<[string, Partial<BootAsk>, string]>([
    ['PXE', {}, 'snponly.efi'],
    [
      'HTTP Boot',
      { arch: 'uefi-http-x64', isPxe: false, isHttpBoot: true },
      'http://[fd00:52::1]:8000/boot/snponly.efi',
    ],
    ['iPXE', { isIpxe: true }, 'http://[fd00:52::1]:8000/boot/start.ipxe'],
    ['a machine that shows no MAC', { mac: undefined }, 'snponly.efi'],
  ])('%s is told our address in brackets', (_what, change, bootFile) => {
    const answer = answerBoot(replica(), endpoint, { ...ask, ...change });
    const loader = change.isIpxe ? {} : { isLoader: true };
    expect(answer).toEqual({ kind: 'file', nextServer: 'fd00:52::1', bootFile, ...loader });
  });

  it('an architecture without a loader is named', () => {
    const answer = answerBoot(replica(), endpoint, { ...ask, arch: 'other', archNumber: 27 });
    const why = 'no loader for architecture 27 (UEFI on RISC-V of 64 bits)';
    expect(answer).toEqual({ kind: 'none', why });
  });

  it('an image for another architecture is named', () => {
    const answer = answerBoot(replica(), endpoint, { ...ask, arch: 'uefi-arm64', archNumber: 11 });
    const why =
      'image lab 0123456789abcdef is for x86_64, and it asks as architecture 11 (UEFI on ARM of 64 bits)';
    expect(answer).toEqual({ kind: 'none', why });
  });
});
