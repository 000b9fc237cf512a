import { RelayClients } from '../../pxe-server/dhcp/relay-clients.ts';

/** `first-answer.ts RELAY SERVER`: prints "listening", then asks again and again; at the first OFFER "answered". */
const [relay, server] = process.argv.slice(2) as [string, string];
/** Milliseconds between two questions; those that a server finds waiting are answered at once. */
const PAUSE = 10;

const clients = await RelayClients.open({ relay, server });
process.stdout.write('listening\n');
for (let answered = false; !answered; ) {
  answered = (await clients.discover('02:00:00:ff:ff:ff', PAUSE)) !== undefined;
}
process.stdout.write('answered\n');
clients.close();
