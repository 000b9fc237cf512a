import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ROUTER_SOLICITATION } from '../../../pxe-server/dhcp6/advertisement.ts';
import { interfaceFacts } from '../../../pxe-server/net/interfaces.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { Ipv6Socket } from '../../../pxe-server/net/ipv6-socket.ts';
import { openIcmp6 } from '../../../pxe-server/net/sockets.ts';
import { seeded } from '../../shared/random.ts';
import { hostileBytes6 } from './packets.ts';

/**
 * DEVICE COUNT HEX: so many hostile packets to DHCPv6 servers and routers, then the packet, again and again until an
 * answer comes to port 546 that has its transaction; prints it as "ADDRESS HEX".
 */
const [device = '', countText = '', hex = ''] = process.argv.slice(2);
const random = seeded(547);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const socket = createSocket('udp6');
socket.bind(546, '::');
await once(socket, 'listening');
const send = (bytes: Buffer) =>
  new Promise<void>((done) => socket.send(bytes, 547, `ff02::1:2%${device}`, () => done()));

const raw = new Ipv6Socket(openIcmp6(device, [], []), () => undefined);
const { index } = interfaceFacts(device);
const routers = { address: ipv6Number('ff02::2'), port: 0, zone: index };
for (let sent = 0; sent < Number(countText); sent++) {
  await send(hostileBytes6(random));
  const noise = Buffer.from(Array.from({ length: 4 + Math.floor(random() * 60) }, () => random() * 256));
  noise[0] = ROUTER_SOLICITATION;
  noise[1] = 0;
  raw.send(noise, routers);
  if (sent % 20 === 0) await pause(5);
}

const packet = Buffer.from(hex, 'hex');
socket.on('message', (bytes, from) => {
  if (!bytes.subarray(1, 4).equals(packet.subarray(1, 4))) return;
  process.stdout.write(`${from.address.split('%')[0]} ${bytes.toString('hex')}\n`);
  process.exit(0);
});
for (;;) {
  await send(packet);
  await pause(1000);
}
