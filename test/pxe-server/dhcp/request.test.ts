import { describe, expect, it } from 'vitest';
import { answer } from '../../../pxe-server/dhcp/exchange.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { Desk, reason } from './desk.ts';
import { macOf, message } from './packets.ts';

const [A, B, C] = [1, 2, 3].map(macOf) as [string, string, string];
const OURS = { server: '198.51.100.1' };

/** A has .10, B has .11, nobody has .12. */
function desk(): Desk {
  const made = new Desk();
  made.lease(A);
  made.lease(B);
  return made;
}

describe('REQUEST in the four states of its client (RFC 2131 4.3.2)', () => {
  it.each([
    // SELECTING: server identifier and requested address
    ['takes our offer', { mac: C, ...OURS, requested: '198.51.100.12' }, 'ack'],
    ['takes our offer, address in ciaddr', { mac: C, ...OURS, ciaddr: '198.51.100.12' }, 'ack'],
    ['takes our offer again', { mac: A, ...OURS, requested: '198.51.100.10' }, 'ack'],
    ["took another server's", { mac: C, server: '198.51.100.2', requested: '198.51.100.99' }, 'silent'],
    ["wants another's address", { mac: C, ...OURS, requested: '198.51.100.10' }, 'that address is taken'],
    ['wants one of no range', { mac: C, ...OURS, requested: '198.51.100.77' }, 'that address is in no range'],
    [
      'wants one of elsewhere',
      { mac: C, ...OURS, requested: '10.0.0.1' },
      'that address is not of this network',
    ],
    ['wants none', { mac: C, ...OURS }, 'that address is not of this network'],
    [
      'wants another than it was offered',
      { mac: A, ...OURS, requested: '198.51.100.12' },
      "198.51.100.10 is this machine's",
    ],
    // INIT-REBOOT: requested address alone
    ['comes back', { mac: A, requested: '198.51.100.10' }, 'ack'],
    ["comes back to another's", { mac: A, requested: '198.51.100.11' }, 'that address is taken'],
    ['comes back to a free one', { mac: A, requested: '198.51.100.12' }, "198.51.100.10 is this machine's"],
    ['comes from another network', { mac: A, requested: '10.0.0.1' }, 'that address is not of this network'],
    [
      'a stranger from another network',
      { mac: C, requested: '10.0.0.1' },
      'that address is not of this network',
    ],
    ['a stranger with a lease of another server', { mac: C, requested: '198.51.100.12' }, 'silent'],
    ['a stranger outside our ranges', { mac: C, requested: '198.51.100.77' }, 'silent'],
    [
      'a stranger at an address that is leased',
      { mac: C, requested: '198.51.100.10' },
      'that address is taken',
    ],
    // RENEWING and REBINDING: ciaddr alone
    ['renews', { mac: A, ciaddr: '198.51.100.10' }, 'ack'],
    ['renews, option 50 zero', { mac: A, ciaddr: '198.51.100.10', requested: '0.0.0.0' }, 'ack'],
    ["renews another's", { mac: A, ciaddr: '198.51.100.11' }, 'that address is taken'],
    ['renews after moving here', { mac: A, ciaddr: '203.0.113.10' }, 'that address is not of this network'],
    ['a stranger renews', { mac: C, ciaddr: '198.51.100.12' }, 'silent'],
    ['names no address', { mac: A }, 'silent'],
  ])('%s: %s', (_name, parts, expected) => {
    const told = desk().send('request', parts);
    if (expected === 'ack' || expected === 'silent') expect(told.kind).toBe(expected);
    else {
      expect(told.kind).toBe('nak');
      expect(reason(told)).toBe(expected);
    }
  });

  it('an ACK starts the lease anew', () => {
    const it = desk();
    it.wait(1800);
    it.send('request', { mac: A, ciaddr: '198.51.100.10' });
    it.wait(3599);
    expect(it.table.isFree(ipv4Number('198.51.100.10'), C, nobody, it.now)).toBe(false);
    it.wait(1);
    expect(it.table.isFree(ipv4Number('198.51.100.10'), C, nobody, it.now)).toBe(true);
  });
  it('an expired lease that nobody took is renewed', () => {
    const it = desk();
    it.wait(4000);
    expect(it.send('request', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('ack');
    expect(it.send('request', { mac: B, requested: '198.51.100.11' }).kind).toBe('ack');
  });
  it("who took another server's offer gives ours back, and keeps a lease", () => {
    const it = desk();
    it.send('discover', { mac: C });
    for (const mac of [A, C]) it.send('request', { mac, server: '198.51.100.2', requested: '198.51.100.99' });
    expect(it.state('198.51.100.12')).toBeUndefined();
    expect(it.state('198.51.100.10')).toBe(`bound ${A}`);
  });
  it('an offer from before a restart is still good', () => {
    const it = desk();
    it.send('discover', { mac: C });
    it.restart();
    expect(it.send('request', { mac: C, ...OURS, requested: '198.51.100.12' }).kind).toBe('ack');
  });
  it('so is one to a machine that had another address long ago', () => {
    const it = desk();
    it.send('release', { mac: A, ciaddr: '198.51.100.10' });
    it.restart();
    expect(it.send('request', { mac: A, ...OURS, requested: '198.51.100.12' }).kind).toBe('ack');
  });
  it('nobody can take several addresses under one name', () => {
    const it = desk();
    for (const requested of ['198.51.100.10', '198.51.100.11', '198.51.100.12'])
      it.send('request', { mac: A, ...OURS, requested });
    expect(it.state('198.51.100.12')).toBeUndefined();
  });
});

describe('reservations', () => {
  it('a machine with one is known without a lease', () => {
    const it = new Desk({ reserved: { [C]: '198.51.100.200' } });
    expect(it.send('request', { mac: C, requested: '198.51.100.200' }).kind).toBe('ack');
  });
  it('a machine that has another address must let it go', () => {
    const it = desk();
    it.reserved.set(A, '198.51.100.200');
    for (const parts of [{ ciaddr: '198.51.100.10' }, { requested: '198.51.100.10' }])
      expect(reason(it.send('request', { mac: A, ...parts }))).toBe(
        '198.51.100.200 is reserved for this machine',
      );
    expect(it.send('request', { mac: A, requested: '198.51.100.200' }).kind).toBe('ack');
  });
  it('its former address is free for others then, after a restart too', () => {
    const it = desk();
    it.reserved.set(A, '198.51.100.200');
    it.lease(A);
    it.restart();
    expect(it.state('198.51.100.10')).toBe(`released ${A}`);
    expect(it.state('198.51.100.200')).toBe(`bound ${A}`);
  });
  it('of another link is no hindrance here', () => {
    const it = desk();
    it.reserved.set(A, '203.0.113.9');
    expect(it.send('request', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('ack');
  });
  it('a lease outlives its range no longer than its next renewal', () => {
    const it = new Desk({
      leases: [{ address: ipv4Number('198.51.100.99'), client: A, state: 'bound', expires: 2_000_000 }],
    });
    expect(reason(it.send('request', { mac: A, ciaddr: '198.51.100.99' }))).toBe(
      'that address is in no range',
    );
  });
});

describe('several links', () => {
  const ranges: [string, string][] = [
    ['198.51.100.10', '198.51.100.12'],
    ['203.0.113.10', '203.0.113.12'],
  ];
  it('VLANs of one machine have one hardware address and a lease each', () => {
    const it = new Desk({ ranges });
    expect([it.lease(A).address, it.lease(A, 1).address]).toEqual(['198.51.100.10', '203.0.113.10']);
    expect(it.send('request', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('ack');
    expect(it.send('request', { mac: A, ciaddr: '203.0.113.10' }, 1).kind).toBe('ack');
  });
  it('both are there after a restart', () => {
    const it = new Desk({ ranges });
    it.lease(A, 1);
    it.lease(A);
    it.restart();
    expect(it.send('discover', { mac: A }, 1).address).toBe('203.0.113.10');
    expect(it.send('discover', { mac: A }).address).toBe('198.51.100.10');
  });
});

describe('an impostor', () => {
  it('that starts anew under the name of another takes nothing from it', () => {
    const it = desk();
    it.reserved.set(A, '198.51.100.200');
    it.send('discover', { mac: A });
    expect(it.state('198.51.100.10')).toBe(`bound ${A}`);
    it.send('request', { mac: A, server: '198.51.100.2', requested: '198.51.100.99' });
    it.reserved.delete(A);
    expect(it.send('discover', { mac: C, requested: '198.51.100.10' }).address).toBe('198.51.100.12');
    expect(it.send('request', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('ack');
  });
});

describe('while the row is written', () => {
  const begin = (it: Desk, mac: string, parts: object) => {
    const outcome = answer(it.exchange(message('request', { mac, ...parts }), 0));
    if (outcome.kind !== 'ack') throw new Error(outcome.kind);
    return outcome;
  };
  it("the address is nobody else's, and no lease yet", () => {
    const it = desk();
    const outcome = begin(it, C, { ...OURS, requested: '198.51.100.12' });
    expect(it.state('198.51.100.12')).toBe(`offered ${C}`);
    expect(it.table.bind(outcome.save)).toBe(true);
    expect(it.state('198.51.100.12')).toBe(`bound ${C}`);
  });
  it('a disk that fails leaves a running lease as it was', () => {
    const it = desk();
    it.wait(1800);
    it.diskFails = true;
    expect(it.send('request', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('silent');
    it.wait(1799);
    expect(it.state('198.51.100.10')).toBe(`bound ${A}`);
    expect(it.send('discover', { mac: C, requested: '198.51.100.10' }).address).toBe('198.51.100.12');
    it.wait(2);
    expect(it.send('discover', { mac: macOf(9), requested: '198.51.100.10' }).address).toBe('198.51.100.10');
  });
  it("an address that became another's meanwhile is not given twice", () => {
    const it = desk();
    const first = begin(it, C, { ...OURS, requested: '198.51.100.12' });
    it.send('request', { mac: C, server: '198.51.100.2', requested: '198.51.100.99' });
    const second = begin(it, macOf(9), { ...OURS, requested: '198.51.100.12' });
    expect([it.table.bind(first.save), it.table.bind(second.save)]).toEqual([false, true]);
  });
  it('an address that is released or declined meanwhile is not given', () => {
    for (const type of ['release', 'decline'] as const) {
      const it = desk();
      const outcome = begin(it, A, { ciaddr: '198.51.100.10' });
      it.send(type, { mac: A, ciaddr: '198.51.100.10', requested: '198.51.100.10' });
      expect(it.table.bind(outcome.save)).toBe(false);
    }
  });
});

const nobody = { addressOf: () => undefined, clientOf: () => undefined };
