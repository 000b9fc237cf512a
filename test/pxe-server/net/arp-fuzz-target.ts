import { arpProbe, decodeArp, encodeArp, userOf } from '../../../pxe-server/net/arp.ts';
import { macText } from '../../../pxe-server/net/mac.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';

const real = [
  arpProbe(Buffer.from('525400000001', 'hex'), 0xc6336464),
  Buffer.from('0001080006040002525400000002c6336464525400000001c6336401'.padEnd(92, '0'), 'hex'),
];

/** ARP: what is read is written the same, and whoever it shows is one machine with an address. */
export const arp: FuzzTarget = {
  name: 'arp',
  input(random) {
    const upTo = (limit: number) => Math.floor(random() * limit);
    if (random() < 0.2) return Buffer.from(Array.from({ length: upTo(80) }, () => upTo(256)));
    const bytes = Buffer.from(real[upTo(real.length)]!);
    // Mostly behind the header, which allows one value alone.
    for (let changes = upTo(6); changes > 0; changes--)
      bytes[random() < 0.1 ? upTo(8) : 8 + upTo(bytes.length - 8)] = upTo(256);
    return random() < 0.15 ? bytes.subarray(0, upTo(bytes.length)) : bytes;
  },
  check(bytes) {
    const packet = decodeArp(bytes);
    if (!packet) return false;
    if (!encodeArp(packet).equals(bytes.subarray(0, 28))) throw new Error('written, it differs');
    const user = userOf(packet);
    if (user && (user.address === 0 || user.mac[0]! & 1 || !/^(..:){5}..$/.test(macText(user.mac))))
      throw new Error('nobody uses an address');
    return true;
  },
};
