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
  const ask = (kind: Kind, parts: Partial<BootRequest> = {}): BootAnswer => {
    const base = {
      mac: MAC,
      xid,
      isPxe: false,
      isHttpBoot: false,
      isIpxe: false,
      messageType: 'request' as const,
    };
    return chainloads.answer({ ...base, ...KINDS[kind], ...parts }, (request) =>
      answerBoot(replica(), { address: '192.0.2.1', httpPort: 80 }, request),
    );
  };
  return {
    ask,
    wait: (seconds: number) => {
      now += seconds * 1000;
    },
    /** DISCOVER and REQUEST of one transaction; the file that the machine would load. */
    boot(kind: Kind, mac = MAC): string | undefined {
      xid += 1;
      const offered = ask(kind, { messageType: 'discover', mac });
      const given = ask(kind, { mac });
      // A ROM wants the same file in both.
      if (JSON.stringify(given) !== JSON.stringify(offered))
        throw new Error(`offered another than ${kind} got`);
      return given.kind === 'file' ? given.bootFile : undefined;
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
    const files = Array.from({ length: 7 }, () => boot('uefi'));
    expect(files).toEqual([...Array(5).fill('snponly.efi'), undefined, undefined]);
    expect(ask('uefi', { xid: 99 })).toMatchObject({
      kind: 'none',
      why: expect.stringMatching(/^it was given/),
    });
    wait(181);
    expect(boot('uefi')).toBe('snponly.efi');
  });
  it('that repeats a packet does not count twice', () => {
    const { ask } = rack();
    for (let i = 0; i < 50; i++) expect(ask('uefi').kind).toBe('file');
  });
  it('that only asks for offers does not count', () => {
    const { ask } = rack();
    for (let xid = 0; xid < 50; xid++)
      expect(ask('uefi', { xid, messageType: 'discover' }).kind).toBe('file');
  });
  it('has its own count', () => {
    const { boot } = rack();
    for (let i = 0; i < 6; i++) boot('uefi');
    expect(boot('uefi', '52:54:00:00:00:02')).toBe('snponly.efi');
  });
});

describe('whatever a machine sends after each loader, it gets at most five in a row', () => {
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
  it('in all 15,625 orders of six steps', () => {
    let orders: Kind[][] = [[]];
    for (let length = 1; length <= 6; length++)
      orders = orders.flatMap((order) => kinds.map((kind) => [...order, kind]));
    expect(check(orders)).toEqual({ any: 5, small: 1, strayed: 0 });
  }, 30_000);
  it('in 2,000 orders of twelve without a whole iPXE', () => {
    let seed = 1;
    const next = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return kinds[(seed >>> 16) % (kinds.length - 1)]!;
    };
    const orders = Array.from({ length: 2000 }, () => Array.from({ length: 12 }, next));
    expect(check(orders)).toEqual({ any: 5, small: 1, strayed: 0 });
  }, 30_000);
});
