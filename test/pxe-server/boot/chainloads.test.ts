import { describe, expect, it } from 'vitest';
import { answerBoot } from '../../../pxe-server/boot/answer.ts';
import { Chainloads } from '../../../pxe-server/boot/chainloads.ts';
import type { BootAnswer, BootRequest } from '../../../pxe-server/dhcp/classify.ts';
import { replica } from '../replica-fixture.ts';

const MAC = '52:54:00:00:00:01';
const SCRIPT = 'http://192.0.2.1/boot/start.ipxe';

const KINDS = {
  bios: { arch: 'bios', archNumber: 0, isPxe: true },
  uefi: { arch: 'uefi-x64', archNumber: 7, isPxe: true },
  http: { arch: 'uefi-http-x64', archNumber: 16, isHttpBoot: true },
  /** As quirks.ts hands it on: an iPXE that lacks HTTP, taken for a plain ROM. */
  small: { arch: 'bios', archNumber: 0, isPxe: true, quirk: 'ipxe-without-http-or-linux' },
  ipxe: { arch: 'bios', archNumber: 0, isPxe: true, isIpxe: true },
} satisfies Record<string, Partial<BootRequest>>;
type Kind = keyof typeof KINDS;

/** A server and machines whose clock the test sets. */
function rack() {
  let now = 0;
  let xid = 0;
  const chainloads = new Chainloads(() => now);
  const whole = (kind: Kind, parts: Partial<BootRequest>): BootRequest => {
    const base = { mac: MAC, xid, isPxe: false, isHttpBoot: false, isIpxe: false };
    return { ...base, messageType: 'request', ...KINDS[kind], ...parts };
  };
  const ask = (kind: Kind, parts: Partial<BootRequest> = {}): BootAnswer =>
    chainloads.answer(whole(kind, parts), (request) =>
      answerBoot(replica(), { address: '192.0.2.1', httpPort: 80 }, request),
    );
  /** An ACK, or an answer on port 4011. */
  const given = (kind: Kind, parts: Partial<BootRequest> = {}): BootAnswer => {
    const answer = ask(kind, parts);
    chainloads.given(whole(kind, parts), answer);
    return answer;
  };
  return {
    ask,
    given,
    wait: (seconds: number) => {
      now += seconds * 1000;
    },
    /** DISCOVER and REQUEST of one transaction; the file that the machine would load. */
    boot(kind: Kind, mac = MAC): string | undefined {
      xid += 1;
      const offered = ask(kind, { messageType: 'discover', mac });
      const got = given(kind, { mac });
      // A ROM wants the same file in both.
      if (JSON.stringify(got) !== JSON.stringify(offered))
        throw new Error(`offered another than ${kind} got`);
      return got.kind === 'file' ? got.bootFile : undefined;
    },
  };
}

describe('a machine', () => {
  it('gets a loader, then the script', () => {
    const { boot } = rack();
    expect([boot('bios'), boot('ipxe')]).toEqual(['undionly.kpxe', SCRIPT]);
  });
  it('that is a small iPXE gets a loader once; the same packet again gets the script', () => {
    const { boot } = rack();
    expect([boot('small'), boot('small')]).toEqual(['undionly.kpxe', SCRIPT]);
  });
  it('and a loader again when it starts anew', () => {
    const { boot } = rack();
    expect([boot('small'), boot('small'), boot('small')]).toEqual(['undionly.kpxe', SCRIPT, 'undionly.kpxe']);
    const another = rack();
    another.boot('small');
    another.wait(181);
    expect(another.boot('small')).toBe('undionly.kpxe');
  });
  it('that never runs what it gets goes on to its next device, and may try again later', () => {
    const { boot, ask, wait } = rack();
    const files = Array.from({ length: 8 }, () => boot('uefi'));
    expect(files).toEqual([...Array(6).fill('snponly.efi'), undefined, undefined]);
    expect(ask('uefi', { xid: 99 })).toMatchObject({
      kind: 'none',
      why: expect.stringMatching(/^it was given/),
    });
    wait(181);
    expect(boot('uefi')).toBe('snponly.efi');
  });
  it('that repeats a packet does not count twice', () => {
    const { given } = rack();
    for (let i = 0; i < 50; i++) expect(given('uefi').kind).toBe('file');
  });
  it('that only asks for offers does not count', () => {
    const { ask } = rack();
    for (let xid = 0; xid < 50; xid++)
      expect(ask('uefi', { xid, messageType: 'discover' }).kind).toBe('file');
  });
  it('has its own count', () => {
    const { boot } = rack();
    for (let i = 0; i < 7; i++) boot('uefi');
    expect(boot('uefi', '52:54:00:00:00:02')).toBe('snponly.efi');
  });
});

describe('whatever a machine sends after each loader, it gets at most six in a row', () => {
  const kinds = Object.keys(KINDS) as Kind[];
  /** The longest run of loaders without a script, for all machines and for one that is a small iPXE. */
  const longestRuns = (steps: readonly Kind[]) => {
    const { boot } = rack();
    const longest = { any: 0, small: 0, strayed: 0 };
    let any = 0;
    let small = 0;
    for (const kind of steps) {
      const file = boot(kind);
      if (file === SCRIPT) any = 0;
      else if (file !== undefined) any += 1;
      small = kind === 'small' && file === 'undionly.kpxe' ? small + 1 : 0;
      longest.any = Math.max(longest.any, any);
      longest.small = Math.max(longest.small, small);
      if (kind === 'ipxe' && file !== SCRIPT) longest.strayed += 1;
    }
    return longest;
  };
  const check = (orders: readonly (readonly Kind[])[]) => {
    const worst = { any: 0, small: 0, strayed: 0 };
    for (const order of orders) {
      const { any, small, strayed } = longestRuns(order);
      worst.any = Math.max(worst.any, any);
      worst.small = Math.max(worst.small, small);
      worst.strayed += strayed;
    }
    return worst;
  };
  it('in all 4^7 orders of seven steps without a whole iPXE, and 5^5 with it', () => {
    const orders = (of: readonly Kind[], length: number) => {
      let found: Kind[][] = [[]];
      for (let i = 0; i < length; i++) found = found.flatMap((order) => of.map((kind) => [...order, kind]));
      return found;
    };
    const never = kinds.filter((kind) => kind !== 'ipxe');
    expect(check(orders(never, 7))).toEqual({ any: 6, small: 1, strayed: 0 });
    expect(check(orders(kinds, 5))).toEqual({ any: 5, small: 1, strayed: 0 });
  });
  it('in 2,000 orders of twelve without a whole iPXE', () => {
    let seed = 1;
    const next = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return kinds[(seed >>> 16) % (kinds.length - 1)]!;
    };
    const orders = Array.from({ length: 2000 }, () => Array.from({ length: 12 }, next));
    expect(check(orders)).toEqual({ any: 6, small: 1, strayed: 0 });
  });
});
