import { createSocket } from 'node:dgram';
import { seeded } from '../shared/random.ts';

/**
 * `node flood.ts SERVER COUNT SEED`: random packets to the DHCP and TFTP ports of a server, COUNT of each within
 * about half a minute; half are noise, half begin like the real thing. Run in a namespace of the rack.
 */
const [server, count, seed] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const random = seeded(seed);
/** Of a /24; the limited broadcast would need a default route. */
const broadcast = server.replace(/\d+$/, '255');
const PER_TICK = 40;
const TICK_MS = 100;

const dhcp = createSocket('udp4');
const tftp = createSocket('udp4');
tftp.on('message', () => undefined);
await new Promise<void>((resolve) => dhcp.bind(68, resolve));
dhcp.setBroadcast(true);

for (let sent = 0; sent < count; ) {
  for (let i = 0; i < PER_TICK && sent < count; i++, sent++) {
    dhcp.send(dhcpNoise(), 67, broadcast, failed);
    tftp.send(tftpNoise(), 69, server, failed);
  }
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
await new Promise<void>((resolve) => dhcp.close(resolve));
await new Promise<void>((resolve) => tftp.close(resolve));
process.stdout.write(`${count} packets of each kind sent\n`);

function failed(error: Error | null): void {
  if (error) throw error;
}

function dhcpNoise(): Buffer {
  const packet = bytes(Math.floor(random() * 600));
  if (random() < 0.5 && packet.length >= 240) {
    packet.set([1, 1, 6, 0]);
    packet.writeUInt32BE(0x63825363, 236);
    if (packet.length > 250) packet.set([53, 1, 1 + Math.floor(random() * 8)], 240);
  }
  return packet;
}

function tftpNoise(): Buffer {
  const packet = bytes(Math.floor(random() * 600));
  if (random() < 0.5 && packet.length >= 2) packet.set([0, 1 + Math.floor(random() * 6)]);
  return packet;
}

function bytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}
