import { randomBytes } from 'node:crypto';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { type RunResult, run } from '../../../builder/shared/process/run.ts';

export interface Namespace {
  readonly name: string;
  /** Runs a program inside and waits for it. */
  run(argv: string[], options?: { timeout?: number; okCodes?: number[]; cwd?: string }): Promise<RunResult>;
  start(argv: string[], stdio?: ('ignore' | 'pipe' | 'inherit' | 'ipc')[]): Daemon;
}

export interface Link {
  server: Namespace;
  client: Namespace;
  /** Interface names and the server's address, 198.51.100.1/24 (documentation addresses, RFC 5737). */
  serverDevice: string;
  clientDevice: string;
  serverAddress: string;
  remove(): Promise<void>;
}

/** Two network namespaces joined by a veth pair; nothing outside of them is touched. */
export async function makeLink(clientAddress?: string): Promise<Link> {
  const id = randomBytes(3).toString('hex');
  const [server, client] = [await makeNamespace(`rh-s-${id}`), await makeNamespace(`rh-c-${id}`)];
  const [serverDevice, clientDevice] = [`vs${id}`, `vc${id}`];
  await server.run(['ip', 'link', 'add', serverDevice, 'type', 'veth', 'peer', clientDevice]);
  await server.run(['ip', 'link', 'set', clientDevice, 'netns', client.name]);
  await server.run(['ip', 'address', 'add', '198.51.100.1/24', 'brd', '+', 'dev', serverDevice]);
  await server.run(['ip', 'link', 'set', serverDevice, 'up']);
  if (clientAddress)
    await client.run(['ip', 'address', 'add', clientAddress, 'brd', '+', 'dev', clientDevice]);
  await client.run(['ip', 'link', 'set', clientDevice, 'up']);
  return {
    server,
    client,
    serverDevice,
    clientDevice,
    serverAddress: '198.51.100.1',
    async remove() {
      for (const { name } of [server, client]) await removeNamespace(name);
    },
  };
}

/** With what still runs inside: a server that forks leaves its listener when its parent is ended. */
export async function removeNamespace(name: string): Promise<void> {
  const { stdout } = await run(['ip', 'netns', 'pids', name]);
  for (const pid of stdout.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // ended between the list and now
    }
  }
  await run(['ip', 'netns', 'delete', name]);
}

/** An empty network namespace whose loopback is up. Remove it with `removeNamespace`. */
export async function makeNamespace(name: string): Promise<Namespace> {
  await run(['ip', 'netns', 'add', name], { need: 'bin/setup.sh installs iproute2; this test needs root' });
  const inside = (argv: string[]) => ['ip', 'netns', 'exec', name, ...argv];
  const namespace: Namespace = {
    name,
    run: (argv, options = {}) => run(inside(argv), { timeout: 60_000, ...options }),
    start: (argv, stdio = ['ignore', 'pipe', 'inherit']) => startDaemon(inside(argv), { stdio }),
  };
  await namespace.run(['ip', 'link', 'set', 'lo', 'up']);
  return namespace;
}

/** Loses one in `every` packets that enter a namespace, and shows them by a counter. */
export async function lose(namespace: Namespace, device: string, percent: number): Promise<void> {
  const rules = [
    'add table ip lossy',
    'add chain ip lossy input { type filter hook input priority 0 ; }',
    `add rule ip lossy input iifname ${device} meta l4proto udp numgen random mod 100 < ${percent} counter drop`,
  ];
  for (const rule of rules) await namespace.run(['nft', ...rule.split(' ')]);
}

/** The next line of a child's standard output that fits; rejects when the child ends before. */
export function lineOf(daemon: Daemon, fits: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let rest = '';
    const hear = (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      const found = lines.find(fits);
      if (found === undefined) return;
      daemon.child.stdout?.off('data', hear);
      resolve(found);
    };
    daemon.child.stdout?.on('data', hear);
    void daemon.exited.then(({ code }) => reject(new Error(`ended with exit code ${code}`)));
  });
}
