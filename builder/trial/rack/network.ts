import { RackhandError } from '../../shared/errors.ts';
import { type Daemon, startDaemon } from '../../shared/process/daemon.ts';
import { run } from '../../shared/process/run.ts';
import type { Processes } from './processes.ts';

/** Documentation addresses (RFC 5737): nothing real is ever there. */
export const NETWORK = { bridge: 'rack0', address: '198.51.100.1', prefix: 24 } as const;
const HOLDER = 'network';

/** The rack's network namespace: it lives as long as the process that holds it, and leaves no name behind. */
export interface RackNetwork {
  inNamespace(argv: readonly string[]): string[];
}

export async function openNetwork(processes: Processes, tied: boolean): Promise<RackNetwork> {
  const holder = startDaemon([...lifeline(tied), 'unshare', '--net', '--', 'tail', '-f', '/dev/null'], {
    stdio: 'ignore',
  });
  await ownNamespace(holder);
  await processes.record(HOLDER, holder.pid!);
  if (!tied) holder.child.unref();
  const network = enter(holder.pid!);
  await addBridge(network);
  return network;
}

/** For a process that has the network namespace it runs in for itself alone. */
export async function ownNetwork(): Promise<RackNetwork> {
  const network = { inNamespace: (argv: readonly string[]) => [...argv] };
  await addBridge(network);
  return network;
}

async function addBridge(network: RackNetwork): Promise<void> {
  const ip = (...argv: string[]) => run(network.inNamespace(['ip', ...argv]));
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', NETWORK.bridge, 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0');
  await ip('address', 'add', `${NETWORK.address}/${NETWORK.prefix}`, 'brd', '+', 'dev', NETWORK.bridge);
  await ip('link', 'set', NETWORK.bridge, 'up');
}

/** The network of a rack that another command started; undefined when it is down. */
export async function findNetwork(processes: Processes): Promise<RackNetwork | undefined> {
  const pid = await processes.running(HOLDER);
  return pid === undefined ? undefined : enter(pid);
}

export async function closeNetwork(processes: Processes): Promise<void> {
  await processes.end(HOLDER, 2000);
}

/** A port of the bridge that QEMU opens by its name. */
export async function addTap(network: RackNetwork, name: string): Promise<void> {
  const ip = (...argv: string[]) => run(network.inNamespace(['ip', ...argv]));
  await ip('tuntap', 'add', name, 'mode', 'tap');
  await ip('link', 'set', name, 'master', NETWORK.bridge);
  await ip('link', 'set', name, 'up');
}

/** Prefix of programs that must not outlive this process, however it ends (PR_SET_PDEATHSIG). */
export function lifeline(tied: boolean, signal: 'KILL' | 'TERM' = 'KILL'): string[] {
  return tied ? ['setpriv', '--pdeathsig', signal, '--'] : [];
}

function enter(pid: number): RackNetwork {
  return { inNamespace: (argv) => ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...argv] };
}

/** Waits until the holder has left the namespace of this process: until then `ip` would change the host's. */
export async function ownNamespace(holder: Daemon): Promise<void> {
  const { stdout: ours } = await run(['readlink', '/proc/self/ns/net']);
  for (let tries = 0; tries < 200 && holder.pid && holder.child.exitCode === null; tries++) {
    const { stdout, code } = await run(['readlink', `/proc/${holder.pid}/ns/net`], { okCodes: [0, 1] });
    if (code === 0 && stdout !== '' && stdout !== ours) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const mend = 'run the lab as root (or with sudo)';
  throw new RackhandError('network-failed', 'cannot make a network namespace', mend);
}
