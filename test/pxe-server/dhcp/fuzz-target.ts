import { classify } from '../../../pxe-server/dhcp/classify.ts';
import { decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';
import { captured } from './captured.ts';
import { Desk } from './desk.ts';
import { hostileBytes } from './packets.ts';

const real = Object.values(captured);
/** Bytes of the smallest BOOTP message, and of the largest that fits an Ethernet frame. */
const SIZE = { least: 300, most: 1472 };

/** DHCP for IPv4: what is read is written the same, and never larger than a frame. */
export const dhcp4: FuzzTarget = {
  name: 'dhcp4',
  input: (random) => hostileBytes(random, real),
  check(bytes) {
    const packet = decode(bytes);
    if ('malformed' in packet) return false;
    classify(packet);
    const written = encode(packet, SIZE.most);
    if (written.length < SIZE.least || written.length > SIZE.most)
      throw new Error(`written with ${written.length} bytes`);
    const again = decode(written);
    if ('malformed' in again) throw new Error(`what was written is ${again.malformed}`);
    if (!encode(again, SIZE.most).equals(written)) throw new Error('written twice, it differs');
    return true;
  },
};

const SERVER_MS = 20;

/** The server's whole answer on either of two links, with leases, offers and a clock that goes on. */
export function dhcp4Server(): FuzzTarget {
  const desk = new Desk({
    ranges: [
      ['198.51.100.10', '198.51.100.60'],
      ['203.0.113.10', '203.0.113.12'],
    ],
  });
  let turn = 0;
  return {
    name: 'dhcp4-server',
    input: (random) => hostileBytes(random, real),
    check(bytes) {
      const packet = decode(bytes);
      if ('malformed' in packet) return false;
      desk.now += SERVER_MS;
      turn += 1;
      const told = desk.receive(packet, (turn % 2) as 0 | 1);
      if (!told?.reply) return false;
      const again = decode(encode(told.reply, SIZE.most));
      if ('malformed' in again) throw new Error(`its answer is ${again.malformed}`);
      if (again.xid !== packet.xid || !again.chaddr.equals(packet.chaddr))
        throw new Error('to somebody else');
      return true;
    },
  };
}
