import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** An unprivileged process that got a UDP and a TCP descriptor as 3 and 4; see inherited.protocol.test.ts. */
process.setgid?.('nogroup');
process.setuid?.('nobody');
const say = (text: string) => process.stdout.write(`${text}\n`);
const udp = createSocket('udp4');
udp.on('message', (message, from) => {
  say(`udp ${message} from ${from.address}`);
  udp.send(`answer to ${message}`, from.port, '255.255.255.255');
});
udp.bind({ fd: 3 }, () => {
  createServer((connection) => connection.end(`tcp as ${process.getuid?.()}`)).listen({ fd: 4 }, () =>
    say('ready'),
  );
});
