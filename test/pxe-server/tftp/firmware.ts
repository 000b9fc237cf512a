import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ack, clientError, parse, readRequest } from './wire.ts';

/**
 * A client as EDK2 has it: asks for the size first, then for the file in windows, from the same port; answers
 * every block that it did not expect. Says what came as one line of JSON.
 */
const [address, file, blksize, windowsize] = process.argv.slice(2) as [string, string, string, string];
/** Milliseconds until it repeats itself, and how often it does. */
const TIMEOUT = 1000;
const RETRIES = 20;
const end = (outcome: Record<string, unknown>) => {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  // What was sent last is on its way when the socket is closed.
  setImmediate(() => socket.close(() => process.exit(0)));
};

const socket = createSocket('udp4').bind(2070);
await once(socket, 'listening');
const hash = createHash('sha256');
let server: number | undefined;
let taken = 0;
let acknowledged = 0;
let packets = 0;
let last: { bytes: Buffer; port: number };
let timer: NodeJS.Timeout | undefined;
let retries = 0;
const say = (bytes: Buffer, port: number) => {
  last = { bytes, port };
  socket.send(bytes, port, address);
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (++retries > RETRIES) end({ error: 'silence', taken });
    say(last.bytes, last.port);
  }, TIMEOUT);
};
const acknowledge = () => {
  acknowledged = taken;
  say(ack(taken & 0xffff), server!);
};

let size: number | undefined;
socket.on('message', (bytes, from) => {
  const packet = parse(bytes);
  if (size === undefined) {
    if (packet.kind !== 'options') return end({ error: packet.kind, packet });
    size = Number(packet.options.tsize);
    socket.send(clientError(8, 'user aborted'), from.port, address);
    return say(readRequest(file, { tsize: '0', blksize, windowsize }), 69);
  }
  if (server !== undefined && from.port !== server) return;
  if (packet.kind === 'error') return end({ error: packet.message, taken });
  if (packet.kind === 'options') {
    // The answer to the first question may come a second time.
    if (packet.options.blksize === undefined) return;
    server = from.port;
    if (taken === 0) acknowledge();
    return;
  }
  if (server === undefined) return;
  packets += 1;
  if (packet.block !== ((taken + 1) & 0xffff)) return acknowledge();
  taken += 1;
  retries = 0;
  hash.update(packet.payload);
  const done = packet.payload.length < Number(blksize);
  if (done || taken - acknowledged === Number(windowsize)) acknowledge();
  if (done) end({ size, sha256: hash.digest('hex'), blocks: taken, packets });
});
say(readRequest(file, { tsize: '0' }), 69);
