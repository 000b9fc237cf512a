import { seeded } from '../../shared/random.ts';
import { macOf48 } from './packets.ts';
import { RelayClients } from './relay-clients.ts';

/**
 * `kill-load.ts RELAY SERVER SEED`: many clients that start, start again and renew, as fast as the server answers,
 * whether or not it is there. Every ACK is kept. At SIGTERM each client renews the lease that it was given last,
 * and what became of all of them is printed as JSON (KillReport); before, each second, the number of ACKs.
 */
export interface KillReport {
  clients: number;
  acks: number;
  /** What a server that loses nothing never does. */
  faults: string[];
}

const [relay, server, seed] = process.argv.slice(2) as [string, string, string];
/** Clients that ask at once, and those that there are at most. */
const AT_ONCE = 48;
const MOST = 20_000;
/** Milliseconds; a server that was killed answers nothing. */
const PATIENCE = 400;
const LAST_TRIES = 10;

const random = seeded(Number(seed));
const clients = await RelayClients.open({ relay, server });
/** Client → address, and the other way: leases last longer than the run. */
const held = new Map<string, string>();
const holders = new Map<string, string>();
const known: string[] = [];
const faults: string[] = [];
const busy = new Set<string>();
let next = 0x0add_0000_0000;
let acks = 0;
let ending = false;

function acknowledged(mac: string, address: string, how: string): void {
  acks += 1;
  const before = held.get(mac);
  if (before !== undefined && before !== address)
    faults.push(`${mac} lost ${before}, has ${address} (${how})`);
  const holder = holders.get(address);
  if (holder !== undefined && holder !== mac)
    faults.push(`${address} of ${holder} was given to ${mac} (${how})`);
  if (before === undefined) known.push(mac);
  held.set(mac, address);
  holders.set(address, mac);
}

/** One machine's turn: it renews, or starts, new or again. */
async function turn(mac: string): Promise<void> {
  const address = held.get(mac);
  if (address !== undefined && random() < 0.3) {
    const answer = await clients.renew(mac, address, PATIENCE);
    if (answer?.kind === 'ack') acknowledged(mac, answer.address, 'renewal');
    if (answer?.kind === 'nak') faults.push(`${mac} may not renew ${address}`);
    return;
  }
  const [, ack] = await clients.lease(mac, PATIENCE);
  if (ack?.kind === 'ack') acknowledged(mac, ack.address, 'start');
}

async function worker(): Promise<void> {
  while (!ending) {
    const fresh = known.length < MOST && random() < 0.6;
    const mac = (!fresh && known[Math.floor(random() * known.length)]) || macOf48(next++);
    if (busy.has(mac)) continue;
    busy.add(mac);
    await turn(mac);
    busy.delete(mac);
  }
}

/** Asks until there is an answer. */
async function lastLook(mac: string, address: string): Promise<void> {
  for (let tries = 0; tries < LAST_TRIES; tries++) {
    const answer = await clients.renew(mac, address, PATIENCE);
    if (answer?.kind === 'ack') return acknowledged(mac, answer.address, 'at the end');
    if (answer?.kind === 'nak') break;
  }
  faults.push(`${mac} no longer has ${address}`);
}

const counting = setInterval(() => process.stdout.write(`${acks}\n`), 1000);
process.once('SIGTERM', () => {
  ending = true;
});
await Promise.all(Array.from({ length: AT_ONCE }, worker));
clearInterval(counting);
const leases = [...held];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let lease = leases.pop(); lease && faults.length < 20; lease = leases.pop())
      await lastLook(...lease);
  }),
);
clients.close();
const report: KillReport = { clients: held.size, acks, faults: faults.slice(0, 20) };
process.stdout.write(`${JSON.stringify(report)}\n`);
