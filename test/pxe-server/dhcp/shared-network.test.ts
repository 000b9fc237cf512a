import { describe, expect, it } from 'vitest';
import { classify } from '../../../pxe-server/dhcp/classify.ts';
import { decode } from '../../../pxe-server/dhcp/codec.ts';
import { answer, answerBesideOther, chooseSubnet, type Exchange } from '../../../pxe-server/dhcp/exchange.ts';
import type { Lease } from '../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseTable } from '../../../pxe-server/dhcp/leases/table.ts';
import { Limits } from '../../../pxe-server/dhcp/limits/limits.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { type ServedSubnet, Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { onLinkOf, subnetStates } from '../../../pxe-server/dhcp/subnets.ts';
import { ipv4Number, ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { captured } from './captured.ts';
import { type MessageParts, macOf, message } from './packets.ts';

const now = 1_000_000;
const served = (cidr: string, from: string, to: string, link?: string): ServedSubnet => ({
  ...Subnet.parse({ cidr, ranges: [{ from, to }] }),
  link,
});
const states = subnetStates(
  [
    served('192.0.2.0/24', '192.0.2.10', '192.0.2.10', 'rack'),
    served('198.51.100.0/24', '198.51.100.10', '198.51.100.11', 'rack'),
    served('203.0.113.0/24', '203.0.113.10', '203.0.113.20'),
  ],
  [ipv4Number('192.0.2.1')],
);
const [first, second, alone] = states as [(typeof states)[0], (typeof states)[0], (typeof states)[0]];

function exchange(
  type: 'discover' | 'request' | 'decline',
  parts: MessageParts,
  leases: Lease[] = [],
  reserved?: string,
): Exchange {
  const packet = message(type, { mac: macOf(1), ...parts });
  return {
    packet,
    request: classify(packet),
    subnet: first,
    serverAddress: ipv4Number('192.0.2.1'),
    leases: new LeaseTable(
      states.map(({ pool }) => pool.network),
      leases,
    ),
    reservations: {
      addressOf: () => (reserved === undefined ? undefined : ipv4Number(reserved)),
      clientOf: (address) =>
        reserved !== undefined && ipv4Number(reserved) === address ? macOf(1) : undefined,
    },
    boot: { kind: 'none' },
    known: true,
    limits: new Limits(),
    now,
  };
}
const lease = (address: string, number: number, fields: Partial<Lease> = {}): Lease => ({
  address: ipv4Number(address),
  client: macOf(number),
  state: 'bound',
  expires: now + 1000,
  ...fields,
});

describe('several subnets on one link', () => {
  it('are those with its name, the one of the interface or relay first', () => {
    expect(onLinkOf(second, states)).toEqual([second, first]);
    expect(onLinkOf(alone, states)).toEqual([alone]);
  });
  it.each<[string, Parameters<typeof exchange>, (typeof states)[0]]>([
    ['a new client: the first', ['discover', {}], first],
    ['the first is full', ['discover', {}, [lease('192.0.2.10', 2)]], second],
    [
      'all are full: the first, which says so',
      ['discover', {}, [lease('192.0.2.10', 2), lease('198.51.100.10', 3), lease('198.51.100.11', 4)]],
      first,
    ],
    ['a client that has an address there', ['discover', {}, [lease('198.51.100.11', 1)]], second],
    [
      'a client that had one there before another took it',
      ['discover', {}, [lease('198.51.100.11', 1, { state: 'released' }), lease('198.51.100.11', 5)]],
      first,
    ],
    ['a reserved address', ['discover', {}, [], '198.51.100.200'], second],
    [
      'asks for one there while both have room: its wish is heard in the first alone',
      ['discover', { requested: '198.51.100.10' }],
      first,
    ],
    ['a request names it', ['request', { requested: '198.51.100.10', server: '192.0.2.1' }], second],
    ['a renewal', ['request', { ciaddr: '198.51.100.10' }], second],
    ['a request for one of elsewhere', ['request', { requested: '10.0.0.1' }], first],
    ['a DECLINE', ['decline', { requested: '198.51.100.10' }], second],
  ])('%s', (_name, parts, expected) => {
    expect(chooseSubnet(exchange(...parts), [first, second]).pool.network).toBe(expected.pool.network);
  });
  it('when the first is full the second gives its own mask and address', () => {
    const full = exchange('discover', {}, [lease('192.0.2.10', 2)]);
    full.subnet = chooseSubnet(full, [first, second]);
    const outcome = answer(full);
    expect('reply' in outcome && ipv4Text(outcome.reply.yiaddr)).toBe('198.51.100.10');
  });
});

describe('beside another server that gives the addresses', () => {
  const decoded = (bytes: Buffer) => {
    const packet = decode(bytes);
    if ('malformed' in packet) throw new Error(packet.malformed);
    return packet;
  };
  const booting = (bytes: Buffer): Exchange => {
    const packet = decoded(bytes);
    return {
      ...exchange('discover', {}),
      packet,
      request: classify(packet),
      boot: { kind: 'file', nextServer: '192.0.2.1', bootFile: 'snponly.efi' },
    };
  };
  it('a machine that boots from the network is offered a file and no address', () => {
    const outcome = answerBesideOther(booting(captured.ovmfPxeDiscover!));
    expect(outcome.kind).toBe('proxy');
    if (!('reply' in outcome)) throw new Error('no reply');
    const { type, yiaddr, file, siaddr, options } = outcome.reply;
    expect({ type, yiaddr, file, siaddr }).toEqual({
      type: 'offer',
      yiaddr: 0,
      file: 'snponly.efi',
      siaddr: ipv4Number('192.0.2.1'),
    });
    expect(options.get(Option.vendorClass)?.toString()).toBe('PXEClient');
    expect(options.has(Option.leaseTime)).toBe(false);
  });
  it.each<[string, () => Exchange]>([
    ['a machine that boots from its disk', () => exchange('discover', {})],
    [
      'a REQUEST, which is for the other server',
      () => exchange('request', { requested: '192.0.2.10', server: '192.0.2.254' }),
    ],
    [
      'a REQUEST after a reboot: no NAK for the address of another',
      () => exchange('request', { requested: '192.0.2.77' }),
    ],
  ])('%s gets no answer', (_name, made) => {
    expect(answerBesideOther(made()).kind).toBe('silent');
  });
});
