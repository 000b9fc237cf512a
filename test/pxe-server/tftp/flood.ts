import { setTimeout as pause } from 'node:timers/promises';
import * as c from '../../../pxe-server/net/libc.ts';
import { readRequest } from './wire.ts';

/**
 * `flood.ts SERVER FILE COUNT`: read requests from forged senders, none of which will ever answer, and between them
 * datagrams of 0 and 1 bytes; prints "done". The senders are of 198.51.100.0/24 beyond .100, each with many ports.
 */
const [server, file, count] = process.argv.slice(2) as [string, string, string];
const IPPROTO_RAW = 255;
const fd = c.socket(c.AF_INET, c.SOCK_RAW, IPPROTO_RAW);
if (fd < 0) throw new Error(`no raw socket: ${c.lastErrno()}`);
const number = (address: string) => Buffer.from(address.split('.').map(Number));
const to = Buffer.alloc(16);
to.writeUInt16LE(c.AF_INET);
number(server).copy(to, 4);

for (let i = 0; i < Number(count); i++) {
  const request = readRequest(file, i % 2 === 0 ? { tsize: '0' } : {});
  const payload = i % 20 === 0 ? Buffer.alloc(i % 40 === 0 ? 0 : 1) : request;
  const packet = datagram(`198.51.100.${101 + (i % 100)}`, 1024 + (i % 60_000), payload);
  c.sendto(fd, packet, packet.length, 0, to, to.length);
  if (i % 100 === 99) await pause(5);
}
process.stdout.write('done\n');

/** With an IP header of our own (raw(7), IP_HDRINCL); the kernel fills in the length and the sum. */
function datagram(from: string, port: number, payload: Buffer): Buffer {
  const packet = Buffer.alloc(28 + payload.length);
  packet[0] = 0x45;
  packet[8] = 64;
  packet[9] = 17;
  number(from).copy(packet, 12);
  number(server).copy(packet, 16);
  packet.writeUInt16BE(port, 20);
  packet.writeUInt16BE(69, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  payload.copy(packet, 28);
  return packet;
}
