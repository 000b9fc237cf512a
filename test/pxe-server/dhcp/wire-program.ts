import { createSocket } from 'node:dgram';
import { seeded } from '../../shared/random.ts';
import { captured } from './captured.ts';
import { hostileBytes } from './packets.ts';

/**
 * `ask PORT ADDRESS TO-PORT HEX…`: sends each packet, and prints every answer of the half second after the
 * last as "ADDRESS PORT HEX". `flood COUNT SEED`: hostile packets to port 67, as fast as about 4,000 a second;
 * `repeat COUNT HEX`: one packet so many times, likewise.
 */
const [verb, ...rest] = process.argv.slice(2);
const socket = createSocket('udp4');
const send = (bytes: Buffer, port: number, address: string) =>
  new Promise<void>((done, failed) =>
    socket.send(bytes, port, address, (error) => (error ? failed(error) : done())),
  );
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

if (verb === 'ask') {
  const [port, address, toPort, ...packets] = rest as [string, string, string, ...string[]];
  socket.on('message', (bytes, from) =>
    process.stdout.write(`${from.address} ${from.port} ${bytes.toString('hex')}\n`),
  );
  await new Promise<void>((bound) => socket.bind(Number(port), bound));
  socket.setBroadcast(true);
  for (const packet of packets) await send(Buffer.from(packet, 'hex'), Number(toPort), address);
  await pause(500);
} else {
  const [countText, what] = rest as [string, string];
  const count = Number(countText);
  const random = seeded(Number(what));
  const real = Object.values(captured);
  const next = verb === 'repeat' ? () => Buffer.from(what, 'hex') : () => hostileBytes(random, real);
  await new Promise<void>((bound) => socket.bind(0, bound));
  socket.setBroadcast(true);
  for (let sent = 0; sent < count; sent++) {
    await send(next(), 67, '255.255.255.255');
    if (sent % 20 === 0) await pause(5);
  }
  process.stdout.write(`sent ${count}\n`);
}
socket.close();
