import { readDatagram, writeDatagram } from '../../../pxe-server/net/datagram.ts';
import { isEchoReply } from '../../../pxe-server/net/echo.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';

const real = writeDatagram({
  from: { address: 0xc63364fe, port: 67 },
  to: { address: 0xffffffff, port: 68 },
  payload: Buffer.alloc(60, 7),
});

/** UDP over IPv4 as packet sockets give it: a datagram that is read lies within the packet, and is written the same. */
export const datagram: FuzzTarget = {
  name: 'datagram',
  input(random) {
    const upTo = (limit: number) => Math.floor(random() * limit);
    if (random() < 0.2) return Buffer.from(Array.from({ length: upTo(120) }, () => upTo(256)));
    const bytes = Buffer.from(real);
    for (let changes = upTo(4); changes > 0; changes--) bytes[upTo(bytes.length)] = upTo(256);
    return random() < 0.15 ? bytes.subarray(0, upTo(bytes.length)) : bytes;
  },
  check(bytes) {
    isEchoReply(bytes, 7);
    const read = readDatagram(bytes);
    if (!read) return false;
    if (read.payload.length > bytes.length - 28) throw new Error('longer than its packet');
    const again = readDatagram(writeDatagram(read));
    if (!again?.payload.equals(read.payload) || again.to.port !== read.to.port)
      throw new Error('written, it differs');
    return true;
  },
};
