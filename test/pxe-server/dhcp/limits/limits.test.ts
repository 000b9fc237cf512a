import { describe, expect, it } from 'vitest';
import { Buckets } from '../../../../pxe-server/dhcp/limits/buckets.ts';
import { macPrefix } from '../../../../pxe-server/dhcp/limits/limits.ts';
import { portText, relayPort } from '../../../../pxe-server/dhcp/limits/relay-port.ts';
import { Option } from '../../../../pxe-server/dhcp/options.ts';
import { ipv4Number, ipv4Text } from '../../../../pxe-server/net/ipv4.ts';
import { Desk, type DeskOptions } from '../desk.ts';
import { macOf } from '../packets.ts';

const relay = ipv4Number('203.0.113.1');
const sub = (code: number, value: string) =>
  Buffer.from([code, value.length, ...Buffer.from(value, 'latin1')]);

describe('port of a relay', () => {
  const options = (...parts: Buffer[]) => new Map([[Option.relayAgent as number, Buffer.concat(parts)]]);
  it.each([
    [
      'circuit and remote',
      options(sub(1, 'eth0/1'), sub(2, 'sw1')),
      'relay 203.0.113.1, circuit eth0/1, remote sw1',
    ],
    ['bytes', options(sub(1, '\0\x04\0\x07')), 'relay 203.0.113.1, circuit 00040007'],
    ['remote alone', options(sub(2, 'sw1')), 'relay 203.0.113.1, remote sw1'],
    ['behind others', options(sub(5, 'abcd'), sub(1, 'p1')), 'relay 203.0.113.1, circuit p1'],
    ['cut short', options(sub(1, 'p1'), Buffer.from([2, 9, 1])), 'relay 203.0.113.1, circuit p1'],
    ['neither', options(sub(5, 'abcd')), undefined],
    ['empty', options(sub(1, '')), undefined],
    ['no option 82', new Map<number, Buffer>(), undefined],
  ])('%s', (_what, given, expected) => {
    const port = relayPort({ giaddr: relay, options: given });
    expect(port && portText(port, ipv4Text)).toBe(expected);
  });
  it('the same names at another relay, and swapped, are others', () => {
    const given = [
      relayPort({ giaddr: relay, options: options(sub(1, 'a'), sub(2, 'b')) }),
      relayPort({ giaddr: 1, options: options(sub(1, 'a'), sub(2, 'b')) }),
      relayPort({ giaddr: relay, options: options(sub(1, 'b'), sub(2, 'a')) }),
    ];
    expect(new Set(given).size).toBe(3);
  });
  it('of a switch that is no relay', () => {
    const port = relayPort({ giaddr: 0, options: options(sub(1, 'eth0/1')) });
    expect(portText(port!, ipv4Text)).toBe('circuit eth0/1');
  });
});

describe('so many a minute', () => {
  it('at once, and then as time goes', () => {
    const buckets = new Buckets();
    const taken = (now: number) =>
      Array.from({ length: 10 }, () => buckets.take('a', 6, now)).filter(Boolean).length;
    expect(taken(0)).toBe(6);
    expect(taken(9_999)).toBe(0);
    expect(taken(20_000)).toBe(2);
    expect(taken(10_000_000)).toBe(6);
    expect(taken(0)).toBe(0);
    expect(buckets.take('b', 6, 0)).toBe(true);
  });
  it('remembers so many and no more', () => {
    const buckets = new Buckets(2);
    for (const key of ['a', 'b', 'c']) expect(buckets.take(key, 1, 0)).toBe(true);
    expect(buckets.take('b', 1, 0)).toBe(false);
    expect(buckets.take('a', 1, 0)).toBe(true);
  });
});

it.each([
  ['00:0c:29:01:02:03', 'MACs 00:0c:29:…'],
  ['52:54:00:01:02:03', 'MACs of their own choice'],
  ['id:ff0011', 'no MAC'],
])('%s is of %s', (client, expected) => {
  expect(macPrefix(client)).toBe(expected);
});

const port = (name: string): { options: [number, Buffer][] } => ({
  options: [[Option.relayAgent, sub(1, name)]],
});
const ranges: DeskOptions['ranges'] = [['198.51.100.10', '198.51.100.99']];
const stranger = (i: number) => macOf(0x100 + i);
/** Kinds of what machines get that begin at a port, DISCOVER and REQUEST. */
function begin(desk: Desk, name: string, macs: string[]): string[] {
  return macs.map((mac) => {
    const offer = desk.send('discover', { mac, ...port(name) });
    if (offer.address === undefined) return offer.kind;
    return desk.send('request', { mac, requested: offer.address, server: '198.51.100.1', ...port(name) })
      .kind;
  });
}

describe('addresses of a port', () => {
  const strangers = [1, 2, 3].map(stranger);
  const desk = () => new Desk({ ranges, known: [macOf(1)], subnet: { addressesPerPort: 2 } });
  it('so many and no more, at that port', () => {
    const one = desk();
    expect(begin(one, 'p1', strangers)).toEqual(['ack', 'ack', 'limited']);
    expect(begin(one, 'p2', [stranger(3)])).toEqual(['ack']);
    expect(begin(one, 'p1', [macOf(1)])).toEqual(['ack']);
  });
  it('says which port, and which setting', () => {
    const one = desk();
    begin(one, 'p1', strangers.slice(0, 2));
    expect(one.send('discover', { mac: stranger(3), ...port('p1') }).why).toBe(
      'circuit p1 holds 2 address(es) already (addressesPerPort)',
    );
  });
  it('who has one keeps it', () => {
    const one = desk();
    begin(one, 'p1', strangers.slice(0, 2));
    expect(begin(one, 'p1', strangers.slice(0, 2))).toEqual(['ack', 'ack']);
  });
  it('another takes the place of one that has gone', () => {
    const one = desk();
    begin(one, 'p1', strangers.slice(0, 2));
    one.send('release', { mac: stranger(1), ciaddr: '198.51.100.10', server: '198.51.100.1' });
    expect(begin(one, 'p1', [stranger(3)])).toEqual(['ack']);
    one.wait(700);
    expect(begin(one, 'p1', [4, 5, 6].map(stranger))).toEqual(['ack', 'ack', 'limited']);
  });
  it('a machine that moves makes room', () => {
    const one = desk();
    begin(one, 'p1', strangers.slice(0, 2));
    begin(one, 'p2', [stranger(1)]);
    expect(begin(one, 'p1', [stranger(3)])).toEqual(['ack']);
  });
  it('a REQUEST out of nothing is no way around', () => {
    const one = desk();
    begin(one, 'p1', strangers.slice(0, 2));
    const asked = { requested: '198.51.100.50', server: '198.51.100.1' };
    expect(one.send('request', { mac: stranger(3), ...asked, ...port('p1') }).kind).toBe('limited');
  });
  it('is off unless wanted', () => {
    expect(
      new Set(
        begin(
          new Desk({ ranges, known: [] }),
          'p1',
          Array.from({ length: 60 }, (_, i) => stranger(i)),
        ),
      ),
    ).toEqual(new Set(['ack']));
  });
});

describe('new machines of a minute', () => {
  it('of a port: 120 unless said otherwise, and machines that have their address are none of them', () => {
    const desk = new Desk({ ranges, known: [], subnet: { newLeasesPerPort: 3 } });
    const machines = [1, 2, 3, 4].map(stranger);
    expect(begin(desk, 'p1', machines)).toEqual(['ack', 'ack', 'ack', 'limited']);
    expect(begin(desk, 'p1', machines.slice(0, 3))).toEqual(['ack', 'ack', 'ack']);
    expect(begin(desk, 'p2', [stranger(5)])).toEqual(['ack']);
    desk.wait(20);
    expect(begin(desk, 'p1', [stranger(4)])).toEqual(['ack']);
  });
  it('of a MAC prefix, where it is set; declared hosts and reservations always get in', () => {
    const macs = [1, 2, 3, 4].map((i) => `00:0c:29:00:00:0${i}`) as [string, string, string, string];
    const reserved = { [macs[3]]: '198.51.100.99' };
    const desk = new Desk({ ranges, known: [macs[2]], reserved, subnet: { newLeasesPerPrefix: 1 } });
    expect(macs.map((mac) => desk.lease(mac).kind)).toEqual(['ack', 'limited', 'ack', 'ack']);
    expect(desk.lease('00:0c:30:00:00:01').kind).toBe('ack');
    expect(desk.lease('02:00:00:00:00:01').kind).toBe('ack');
    expect(desk.lease('06:99:00:00:00:01').kind).toBe('limited');
  });
});

describe('lease of a machine that nobody declared', () => {
  const seconds = (desk: Desk, mac: string) => {
    const { reply } = desk.lease(mac);
    const row = desk.rows.get(reply!.yiaddr)!;
    return [reply!.options.get(Option.leaseTime)!.readUInt32BE(), (row.expires - desk.now) / 1000];
  };
  it.each([
    ['a stranger', {}, 600],
    ['a stranger, as set', { unknownLeaseSeconds: 120 }, 120],
    ['a stranger where leases are shorter', { leaseSeconds: 300 }, 300],
  ])('%s', (_who, subnet, expected) => {
    expect(seconds(new Desk({ known: [], subnet }), stranger(1))).toEqual([expected, expected]);
  });
  it('not of a declared host, nor of one with a reservation', () => {
    expect(seconds(new Desk({ known: [macOf(1)] }), macOf(1))).toEqual([3600, 3600]);
    const reserved = { [macOf(2)]: '198.51.100.11' };
    expect(seconds(new Desk({ known: [], reserved }), macOf(2))).toEqual([3600, 3600]);
  });
});
