import { describe, expect, it } from 'vitest';
import { type DhcpPacket, decode } from '../../../pxe-server/dhcp/codec.ts';
import { answer } from '../../../pxe-server/dhcp/exchange.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { ipv4Number, ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { captured } from './captured.ts';
import { Desk } from './desk.ts';

type Client = 'grub' | 'dhclient' | 'udhcpc' | 'networkd' | 'networkManager' | 'dhcrelay';

type Name = Exclude<`${Client}${'Discover' | 'Request' | 'Renewal'}`, 'grubRenewal'>;

function packetOf(name: Name): DhcpPacket {
  const packet = decode(captured[name]);
  if ('malformed' in packet) throw new Error(packet.malformed);
  return packet;
}

/** As the server goes on with it: an ACK's lease is on disk before the next message. */
function replyTo(desk: Desk, packet: DhcpPacket) {
  const outcome = answer(desk.exchange(packet, 0));
  if (!('reply' in outcome)) throw new Error(JSON.stringify(outcome));
  if (outcome.kind === 'ack') expect(desk.table.bind(outcome.save, outcome.left)).toBe(true);
  return outcome;
}

describe('what real clients send in turn is offered, given and renewed', () => {
  it.each(['dhclient', 'udhcpc', 'networkd', 'networkManager'] as const)('%s', (client) => {
    // Some were taken on different days, of machines with different hardware and other addresses.
    const { chaddr } = packetOf(`${client}Discover`);
    const wanted = packetOf(`${client}Request`).options.get(Option.requestedAddress)!.readUInt32BE();
    const address = ipv4Text(wanted);
    const desk = new Desk({ ranges: [[address, address]] });
    const kinds = (['Discover', 'Request', 'Renewal'] as const).map((part) => {
      const ciaddr = part === 'Renewal' ? wanted : 0;
      const packet = { ...packetOf(`${client}${part}`), chaddr, ciaddr };
      const { kind, reply } = replyTo(desk, packet);
      expect(ipv4Text(reply.yiaddr)).toBe(address);
      // RFC 6842: the client's identifier comes back, or there is none.
      expect(reply.options.get(Option.clientIdentifier)).toEqual(packet.options.get(Option.clientIdentifier));
      return kind;
    });
    expect(kinds).toEqual(['offer', 'ack', 'ack']);
  });
  it('GRUB, which asks for nothing at first and is told the mask and the router all the same', () => {
    const desk = new Desk({
      ranges: [['198.51.100.100', '198.51.100.100']],
      subnet: { router: '198.51.100.1' },
    });
    const offered = replyTo(desk, packetOf('grubDiscover'));
    const given = replyTo(desk, packetOf('grubRequest'));
    for (const { reply } of [offered, given]) {
      expect(ipv4Text(reply.yiaddr)).toBe('198.51.100.100');
      expect(reply.options.get(Option.subnetMask)?.toString('hex')).toBe('ffffff00');
      expect(reply.options.get(Option.router)?.toString('hex')).toBe('c6336401');
    }
    expect([offered.kind, given.kind]).toEqual(['offer', 'ack']);
  });
  it('dhcrelay: to the relay, with its option 82', () => {
    const desk = new Desk({ ranges: [['203.0.113.10', '203.0.113.20']] });
    const packet = packetOf('dhcrelayDiscover');
    expect(() => replyTo(desk, packet)).toThrow('a message from nowhere');
    const giaddr = ipv4Number('203.0.113.1');
    const { reply } = replyTo(desk, { ...packet, giaddr });
    expect(reply.giaddr).toBe(giaddr);
    expect(ipv4Text(reply.yiaddr)).toBe('203.0.113.10');
    expect(reply.options.get(Option.relayAgent)?.toString('hex')).toBe('01087672323936653062');
  });
});
