import { describe, expect, it } from 'vitest';
import { Desk } from './desk.ts';
import { macOf } from './packets.ts';

const [A, B, C, D] = [1, 2, 3, 4].map(macOf) as [string, string, string, string];

describe('which address is offered (RFC 2131 4.3.1)', () => {
  it('the first that nobody had', () => {
    const desk = new Desk();
    expect([A, B, C].map((mac) => desk.send('discover', { mac }).address)).toEqual([
      '198.51.100.10',
      '198.51.100.11',
      '198.51.100.12',
    ]);
  });
  it('the same again, as often as the client asks', () => {
    const desk = new Desk();
    for (let i = 0; i < 5; i++) expect(desk.send('discover', { mac: A }).address).toBe('198.51.100.10');
    expect(desk.table.size).toBe(1);
  });
  it('the one that the client has', () => {
    const desk = new Desk();
    desk.send('discover', { mac: B });
    desk.lease(A);
    expect(desk.send('discover', { mac: A, requested: '198.51.100.12' }).address).toBe('198.51.100.11');
    expect(desk.state('198.51.100.11')).toBe(`bound ${A}`);
  });
  it.each([
    ['expired', (desk: Desk) => desk.wait(4000)],
    [
      'released',
      (desk: Desk) => void desk.send('release', { mac: B, ciaddr: '198.51.100.11', server: '198.51.100.1' }),
    ],
  ])('the one that the client had: %s', (_name, end) => {
    const desk = new Desk();
    desk.lease(A);
    desk.lease(B);
    end(desk);
    expect(desk.lease(C).address).toBe('198.51.100.12');
    expect(desk.send('discover', { mac: B }).address).toBe('198.51.100.11');
  });
  it.each([
    ['free', '198.51.100.12', '198.51.100.12'],
    ['offered to another', '198.51.100.10', '198.51.100.11'],
    ['in no range', '198.51.100.77', '198.51.100.11'],
    ['of another network', '203.0.113.10', '198.51.100.11'],
    ['our own', '198.51.100.1', '198.51.100.11'],
    ['zeros', '0.0.0.0', '198.51.100.11'],
  ])('the one that it asks for if that is free: %s', (_name, requested, address) => {
    const desk = new Desk();
    desk.send('discover', { mac: B });
    expect(desk.send('discover', { mac: A, requested }).address).toBe(address);
  });
  it('the longest unused when every one was used before', () => {
    const desk = new Desk();
    for (const mac of [B, A, C]) {
      desk.lease(mac);
      desk.wait(10);
    }
    desk.send('release', { mac: C, ciaddr: '198.51.100.12' });
    desk.wait(10);
    desk.send('release', { mac: A, ciaddr: '198.51.100.11' });
    desk.wait(4000);
    expect(desk.send('discover', { mac: D }).address).toBe('198.51.100.12');
    expect(desk.send('discover', { mac: macOf(5) }).address).toBe('198.51.100.11');
    expect(desk.send('discover', { mac: macOf(6) }).address).toBe('198.51.100.10');
  });
  it('not the one whose machine came back since the last look at the pool', () => {
    const desk = new Desk();
    for (const mac of [A, B, C]) {
      desk.lease(mac);
      desk.wait(10);
    }
    desk.wait(4000);
    expect(desk.send('discover', { mac: D }).address).toBe('198.51.100.10');
    desk.lease(B);
    desk.send('release', { mac: B, ciaddr: '198.51.100.11' });
    expect(desk.send('discover', { mac: macOf(5) }).address).toBe('198.51.100.12');
  });
  it('one that nobody had before one that was given up', () => {
    const desk = new Desk();
    desk.lease(A);
    desk.send('release', { mac: A, ciaddr: '198.51.100.10' });
    desk.restart();
    expect(desk.send('discover', { mac: B }).address).toBe('198.51.100.11');
  });
  it('from all ranges of the subnet', () => {
    const desk = new Desk({
      ranges: [
        ['198.51.100.20', '198.51.100.20'],
        ['198.51.100.10', '198.51.100.10'],
      ],
    });
    expect([A, B, C].map((mac) => desk.send('discover', { mac }).address ?? 'none')).toEqual([
      '198.51.100.20',
      '198.51.100.10',
      'none',
    ]);
  });
  it("never our own, the network's or the broadcast address", () => {
    const desk = new Desk({ ranges: [['198.51.100.0', '198.51.100.255']] });
    const given = Array.from({ length: 260 }, (_, i) => desk.send('discover', { mac: macOf(i + 1) }).address);
    const addresses = new Set(given.filter((address) => address !== undefined));
    expect(addresses.size).toBe(253);
    for (const never of ['198.51.100.0', '198.51.100.1', '198.51.100.255'])
      expect(addresses).not.toContain(never);
  });
});

describe('offers', () => {
  it('are kept for a minute', () => {
    const desk = new Desk({ ranges: [['198.51.100.10', '198.51.100.10']] });
    desk.send('discover', { mac: A });
    desk.wait(59);
    expect(desk.send('discover', { mac: B }).kind).toBe('refused');
    desk.wait(2);
    expect(desk.send('discover', { mac: B }).address).toBe('198.51.100.10');
  });
  it('of the address that its client had before hold as well', () => {
    const desk = new Desk();
    desk.lease(A);
    desk.wait(4000);
    expect(desk.send('discover', { mac: A }).address).toBe('198.51.100.10');
    expect(desk.send('discover', { mac: B, requested: '198.51.100.10' }).address).toBe('198.51.100.11');
  });
  it('are not on disk', () => {
    const desk = new Desk();
    desk.send('discover', { mac: A });
    expect(desk.rows.size).toBe(0);
  });
  it('have the boot file', () => {
    const boot = { kind: 'file' as const, nextServer: '198.51.100.1', bootFile: 'snponly.efi' };
    const offer = new Desk({ boot }).send('discover', { mac: A });
    expect(offer.why).toBe('offered 198.51.100.10, boot file snponly.efi');
    expect(offer.reply).toMatchObject({ type: 'offer', file: 'snponly.efi' });
  });
});

describe('a full pool', () => {
  it('refuses and says what to do; a renewal goes on', () => {
    const desk = new Desk();
    for (const mac of [A, B, C]) desk.lease(mac);
    expect(desk.send('discover', { mac: D })).toEqual({
      kind: 'refused',
      why: 'no free address in the pool; widen the ranges of the subnet or shorten leaseSeconds',
    });
    expect(desk.send('request', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('ack');
    expect(desk.send('discover', { mac: B }).address).toBe('198.51.100.11');
  });
  it('gives what is released a second later', () => {
    const desk = new Desk();
    for (const mac of [A, B, C]) desk.lease(mac);
    desk.wait(10);
    expect(desk.send('discover', { mac: D }).kind).toBe('refused');
    desk.send('release', { mac: B, ciaddr: '198.51.100.11' });
    desk.wait(1);
    expect(desk.send('discover', { mac: D }).address).toBe('198.51.100.11');
  });
  it('an empty pool serves reservations alone', () => {
    const desk = new Desk({ ranges: [], reserved: { [A]: '198.51.100.50' } });
    expect(desk.lease(A).address).toBe('198.51.100.50');
    expect(desk.send('discover', { mac: B }).kind).toBe('refused');
  });
});

describe('reservations', () => {
  it('a promised address goes to its machine alone, inside a range and outside', () => {
    const desk = new Desk({ reserved: { [A]: '198.51.100.10', [B]: '198.51.100.200' } });
    expect(desk.send('discover', { mac: C }).address).toBe('198.51.100.11');
    expect(desk.send('discover', { mac: D, requested: '198.51.100.10' }).address).toBe('198.51.100.12');
    expect(desk.lease(A).address).toBe('198.51.100.10');
    expect(desk.lease(B).address).toBe('198.51.100.200');
  });
  it('before what the client has or asks for', () => {
    const desk = new Desk();
    desk.lease(A);
    desk.reserved.set(A, '198.51.100.99');
    expect(desk.lease(A).address).toBe('198.51.100.99');
    expect(desk.send('discover', { mac: A, requested: '198.51.100.12' }).address).toBe('198.51.100.99');
  });
  it('made for an address that another still has: it waits, and says for whom', () => {
    const desk = new Desk();
    desk.lease(B);
    desk.reserved.set(A, '198.51.100.10');
    expect(desk.send('discover', { mac: A }).why).toBe(`its reserved address 198.51.100.10 is held by ${B}`);
    expect(desk.send('request', { mac: B, ciaddr: '198.51.100.10' }).kind).toBe('nak');
    desk.wait(3601);
    expect(desk.lease(A).address).toBe('198.51.100.10');
  });
  it('of another link does not hold here', () => {
    const desk = new Desk({ reserved: { [A]: '203.0.113.9' } });
    expect(desk.lease(A).address).toBe('198.51.100.10');
    expect(desk.lease(A, 1).address).toBe('203.0.113.9');
  });
  it('of our own address is none', () => {
    const desk = new Desk({ reserved: { [A]: '198.51.100.1' } });
    expect(desk.lease(A).address).toBe('198.51.100.10');
  });
});

describe('who a client is', () => {
  const identified = (hex: string): [number, Buffer][] => [[61, Buffer.from(hex, 'hex')]];
  it('firmware, loader and system keep one address though option 61 differs', () => {
    const desk = new Desk();
    for (const options of [[], identified('01525400000001'), identified('ff00112233')])
      expect(desk.send('discover', { mac: A, options }).address).toBe('198.51.100.10');
  });
  it('without an Ethernet address by option 61', () => {
    const desk = new Desk();
    const infiniband = { fields: { htype: 32, chaddr: Buffer.alloc(0) } };
    expect(desk.send('discover', { ...infiniband, options: identified('ff0001') }).address).toBe(
      '198.51.100.10',
    );
    expect(desk.send('discover', { ...infiniband, options: identified('ff0002') }).address).toBe(
      '198.51.100.11',
    );
    expect(desk.state('198.51.100.10')).toBe('offered id:ff0001');
  });
  it.each([
    ['none', []],
    ['one byte', identified('ff')],
    ['more than an option holds', identified('ab'.repeat(256))],
  ] satisfies [string, [number, Buffer][]][])('neither: %s', (_name, options) => {
    const desk = new Desk();
    const nobody = { mac: '00:00:00:00:00:00', options };
    expect(desk.send('discover', nobody)).toEqual({
      kind: 'silent',
      why: 'no hardware address and no client identifier',
    });
    expect(desk.table.size).toBe(0);
  });
});

it('a machine without a loader gets an address, and the reason is told', () => {
  const why = 'no loader for architecture 11 (UEFI on ARM of 64 bits)';
  const desk = new Desk({ boot: { kind: 'none', why } });
  expect(desk.send('discover').why).toBe(`offered 198.51.100.10, no boot file: ${why}`);
  expect(desk.lease('52:54:00:00:00:01').why).toBe(`leased 198.51.100.10, no boot file: ${why}`);
});
