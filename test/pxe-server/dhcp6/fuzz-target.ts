import { readAssociations } from '../../../pxe-server/dhcp6/associations.ts';
import { classify6 } from '../../../pxe-server/dhcp6/classify.ts';
import { decode6, encode6 } from '../../../pxe-server/dhcp6/codec.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';
import { hostileBytes6, linkLocal } from './packets.ts';

const SOURCE = linkLocal();

/** DHCPv6: what is read is written in the same bytes, but for what a relay has beside its message. */
export const dhcp6: FuzzTarget = {
  name: 'dhcp6',
  input: hostileBytes6,
  check(bytes) {
    const packet = decode6(bytes);
    if ('malformed' in packet) return false;
    classify6(packet, SOURCE);
    readAssociations(packet.message.options);
    const written = encode6(packet);
    if (written.length > bytes.length) throw new Error(`written with ${written.length} bytes`);
    const again = decode6(written);
    if ('malformed' in again) throw new Error(`what was written is ${again.malformed}`);
    if (!encode6(again).equals(written)) throw new Error('written twice, it differs');
    return true;
  },
};
