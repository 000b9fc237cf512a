import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { RelayClients } from '../pxe-server/dhcp/relay-clients.ts';
import { sleep } from './fault.ts';
import { ask } from './http.ts';
import type { Outages } from './watch.ts';

/**
 * `watch-program.ts ADDRESS SERVER MAC`: asks every service again and again from an address of its own. Prints "watching"
 * when each has answered, and at each line that it reads the longest times without an answer since the line before.
 */
const [local, server, mac] = process.argv.slice(2) as [string, string, string];
/** Milliseconds between two questions, and for which an answer is waited for before it is asked again. */
const PAUSE = 250;
const PATIENCE = 1000;

const dhcp = await RelayClients.open({ relay: local, server });
const services: Record<keyof Outages, () => Promise<unknown>> = {
  dhcp: async () => (await dhcp.discover(mac, PATIENCE)) ?? Promise.reject(new Error('no offer')),
  tftp: refusedByTftp,
  http: () => within(ask(`http://${server}/boot/start.ipxe`, { local })),
  agents: () => within(ask(`https://${server}:8443/agent/v1/ca`, { local })),
};
const longest: Outages = { dhcp: 0, tftp: 0, http: 0, agents: 0 };
/** When each answered last. */
const answered = new Map<string, number>();
await Promise.all(
  Object.entries(services).map(
    ([name, question]) => new Promise<void>((first) => void watch(name as keyof Outages, question, first)),
  ),
);
process.stdout.write('watching\n');
for await (const _ of createInterface({ input: process.stdin })) {
  for (const name of Object.keys(longest) as (keyof Outages)[]) note(name);
  process.stdout.write(`${JSON.stringify(longest)}\n`);
  for (const name of Object.keys(longest) as (keyof Outages)[]) longest[name] = 0;
}

/** @param first called once it has answered: one that never does is no watch */
async function watch(
  name: keyof Outages,
  question: () => Promise<unknown>,
  first: () => void,
): Promise<void> {
  for (;;) {
    const began = performance.now();
    const came = await question().then(
      () => true,
      () => false,
    );
    if (came) {
      if (answered.has(name)) note(name);
      answered.set(name, performance.now());
      first();
    }
    await sleep(Math.max(0, began + PAUSE - performance.now()));
  }
}

/** Since the last answer, less the pause that was our own. */
function note(name: keyof Outages): void {
  const silent = performance.now() - answered.get(name)! - PAUSE;
  longest[name] = Math.max(longest[name], Math.round(silent));
}

function within<T>(promise: Promise<T>): Promise<T> {
  const late = sleep(PATIENCE).then(() => Promise.reject(new Error('late')));
  promise.catch(() => undefined);
  return Promise.race([promise, late]);
}

/** A name that is not there: the error is the answer. */
function refusedByTftp(): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('silence')), PATIENCE);
    socket.on('message', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on('error', reject);
    socket.bind(0, local, () => socket.send('\0\x01absent\0octet\0', 69, server));
  }).finally(() => socket.close());
}
