import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Link } from '../pxe-server/net/namespaces.ts';
import { RELAY } from './scene.ts';
import type { StormResult } from './steps.ts';

export interface StormOptions {
  relay: string;
  server: string;
  /** Number of the first host, and how many. */
  first: number;
  machines: number;
  /** Over which they are switched on. */
  spreadSeconds: number;
  kernelSeconds: number;
  resetSeconds: number;
}

export interface Storm {
  /** Switches the machines on. */
  go(): void;
  /** When so many have come to their end. */
  finished(machines: number): Promise<void>;
  result: Promise<StormResult>;
  stop(): Promise<void>;
}

/** Machines behind the router, with their keys made: they wait to be switched on. */
export async function prepareStorm(
  link: Link,
  options: Omit<StormOptions, 'relay' | 'server'>,
): Promise<Storm> {
  const told: StormOptions = { relay: RELAY, server: link.serverAddress, ...options };
  const argv = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'storm-program.ts')];
  const program = link.client.start(
    [process.execPath, ...argv, JSON.stringify(told)],
    ['pipe', 'pipe', 'inherit'],
  );
  let count = 0;
  const waiting = new Set<() => void>();
  const ready = Promise.withResolvers<void>();
  const result = Promise.withResolvers<StormResult>();
  createInterface({ input: program.child.stdout! }).on('line', (line) => {
    if (line === 'ready') ready.resolve();
    else if (line.startsWith('{')) result.resolve(JSON.parse(line) as StormResult);
    else count = Number(line.split(' ')[1]);
    for (const look of waiting) look();
  });
  void program.exited.then(({ code, signal }) => {
    for (const { reject } of [ready, result]) reject(new Error(`machines ended with ${code ?? signal}`));
  });
  result.promise.catch(() => undefined); // whoever waits for it hears of it
  await ready.promise;
  return {
    go: () => void program.child.stdin!.write('go\n'),
    finished: (machines) =>
      new Promise((resolve) => {
        const look = () => count >= machines && waiting.delete(look) && resolve();
        waiting.add(look);
        look();
      }),
    result: result.promise,
    stop: () => program.stop(),
  };
}
