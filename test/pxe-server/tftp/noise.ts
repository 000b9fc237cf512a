import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import koffi from 'koffi';
import { seeded } from '../../shared/random.ts';
import { randomPacket } from './wire.ts';

/** 10,000 random packets to a server's port 69, empty ones, ones of one byte, and requests from port 0. */
const address = process.argv[2]!;
const random = seeded(69);
const socket = createSocket('udp4').bind(0);
await once(socket, 'listening');
for (let i = 0; i < 10_000; i++) {
  const packet = i % 10 === 0 ? Buffer.alloc(i % 20 === 0 ? 0 : 1) : randomPacket(random);
  await new Promise<void>((resolve) => socket.send(packet, 69, address, () => resolve()));
  if (i % 500 === 0) fromPortZero();
}
socket.close();
process.stdout.write('done\n');

/** No socket can be bound to port 0, so the UDP header is written by hand. */
function fromPortZero(): void {
  const libc = koffi.load('libc.so.6');
  const open = libc.func('int socket(int, int, int)');
  const sendTo = libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const close = libc.func('int close(int)');
  const request = Buffer.from('\0\x02x\0octet\0', 'latin1');
  const header = Buffer.alloc(8);
  header.writeUInt16BE(69, 2);
  header.writeUInt16BE(8 + request.length, 4);
  const datagram = Buffer.concat([header, request]);
  const to = Buffer.alloc(16);
  to.writeUInt16LE(2);
  Buffer.from(address.split('.').map(Number)).copy(to, 4);
  const [AF_INET, SOCK_RAW, IPPROTO_UDP] = [2, 3, 17];
  const fd = open(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (sendTo(fd, datagram, datagram.length, 0, to, to.length) !== datagram.length)
    throw new Error('the raw socket does not send');
  close(fd);
}
