import { createSocket } from 'node:dgram';
import { ack, parse, readRequest } from './wire.ts';

/** A client that is gone in the middle of the first window: its machine was reset. */
const [address, file] = process.argv.slice(2) as [string, string];

const socket = createSocket('udp4');
socket.on('message', (bytes, from) => {
  if (parse(bytes).kind === 'options') socket.send(ack(0), from.port, address);
  else process.exit(0);
});
socket.send(readRequest(file, { blksize: '512', windowsize: '64' }), 69, address);
