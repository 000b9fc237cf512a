import { macOf48 } from '../../pxe-server/dhcp/packets.ts';
import { RelayClients } from '../../pxe-server/dhcp/relay-clients.ts';

/** `latency-program.ts RELAY SERVER RATE SECONDS FIRST-MAC`: 4-way exchanges of new clients; prints what each answer took. */
const [relay, server, ...numbers] = process.argv.slice(2) as [string, string, ...string[]];
const [rate, seconds, firstMac] = numbers.map(Number) as [number, number, number];
const PATIENCE = 1000;

const clients = await RelayClients.open({ relay, server });
const milliseconds: number[] = [];
let lost = 0;
const exchange = async (mac: string) => {
  const answers = await clients.lease(mac, PATIENCE);
  milliseconds.push(...answers.map((answer) => answer.milliseconds));
  if (answers.length < 2) lost += 1;
};
const started = performance.now();
const running: Promise<void>[] = [];
for (let begun = 0; begun < rate * seconds; begun++) {
  const due = started + (begun * 1000) / rate;
  const early = due - performance.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  running.push(exchange(macOf48(firstMac + begun)));
}
await Promise.all(running);
clients.close();
process.stdout.write(JSON.stringify({ milliseconds, lost }));
