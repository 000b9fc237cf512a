import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../shared/atomic.ts';
import { RackhandError } from '../../shared/errors.ts';
import { chooseAccelerator } from './accelerator.ts';
import { closeNetwork, findNetwork, NETWORK, openNetwork, type RackNetwork } from './network.ts';
import { layNode, type NodeParts, type RackNode, rackNode } from './node.ts';
import { Processes } from './processes.ts';
import type { Accelerator } from './qemu-arguments.ts';
import { type CheckedNode, NodeSpec } from './spec.ts';

export type { NodeSpec } from './spec.ts';

/** QEMU machines on a bridge in a network namespace of their own. */
export interface Rack {
  readonly bridge: string;
  /** Of the bridge: the provisioning server's. */
  readonly address: string;
  readonly accelerator: Accelerator;
  readonly processes: Processes;
  /** True: everything ends with the process that started it, whatever ends that. */
  readonly tied: boolean;
  /** Argument list that runs a program in the rack's network. */
  inNamespace(argv: readonly string[]): string[];
  nodes(): RackNode[];
  /** @throws RackhandError node-absent */
  node(name: string): RackNode;
  down(): Promise<void>;
}

export interface RackOptions {
  folder: string;
  nodes: NodeSpec[];
  /** bzImage for the question whether KVM works here. */
  kernel: string;
  /** Absent or true: nothing outlives this process. */
  tied?: boolean;
  /** The network to use; absent: one of its own is made. */
  network?: RackNetwork;
  log?: (line: string) => void;
  signal?: AbortSignal;
}

export async function rackUp(options: RackOptions): Promise<Rack> {
  const { folder, signal } = options;
  const specs = checkSpecs(options.nodes);
  await mkdir(folder, { recursive: true });
  const processes = new Processes(folder);
  const accelerator = await chooseAccelerator(options.kernel);
  options.log?.(
    accelerator === 'kvm' ? 'machines run on KVM' : 'KVM does not do here: machines are emulated',
  );
  const tied = options.tied ?? true;
  try {
    const network = options.network ?? (await openNetwork(processes, tied));
    const parts = { folder, network, processes, accelerator, tied };
    for (const [index, spec] of specs.entries()) {
      signal?.throwIfAborted();
      await layNode(spec, index, parts);
    }
    await writeFileAtomic(recordFile(folder), JSON.stringify({ specs, accelerator } satisfies Recorded));
    return rack(specs, parts);
  } catch (error) {
    await rackDown(folder);
    throw error;
  }
}

/** The rack that another command left running. @throws RackhandError rack-down */
export async function findRack(folder: string): Promise<Rack> {
  const processes = new Processes(folder);
  const network = await findNetwork(processes);
  if (!network) throw new RackhandError('rack-down', 'the rack is down', 'switch it on: rackhand lab up');
  const { specs, accelerator } = JSON.parse(await readFile(recordFile(folder), 'utf8')) as Recorded;
  return rack(specs, { folder, network, processes, accelerator, tied: false });
}

/** Ends every process of the rack in this folder, by its own id, whoever started it: service, machines, network. */
export async function rackDown(folder: string): Promise<void> {
  const processes = new Processes(folder);
  const names = await processes.names();
  if (names.includes('service')) await processes.end('service', 10_000);
  await Promise.all(names.filter((name) => name.startsWith('node-')).map((name) => processes.end(name, 0)));
  await closeNetwork(processes);
}

interface Recorded {
  specs: CheckedNode[];
  accelerator: Accelerator;
}

function recordFile(folder: string): string {
  return join(folder, 'rack.json');
}

function rack(specs: readonly CheckedNode[], parts: NodeParts): Rack {
  const nodes = specs.map((spec, index) => rackNode(spec, index, parts));
  const { network, ...rest } = parts;
  return {
    ...{ ...rest, bridge: NETWORK.bridge, address: NETWORK.address },
    inNamespace: network.inNamespace,
    nodes: () => nodes,
    node(name) {
      const found = nodes.find((node) => node.spec.name === name);
      if (found) return found;
      const known = specs.map((spec) => spec.name).join(', ') || 'none';
      throw new RackhandError('node-absent', `no node ${name} in the rack`, `its nodes: ${known}`);
    },
    down: () => rackDown(parts.folder),
  };
}

function checkSpecs(nodes: readonly NodeSpec[]): CheckedNode[] {
  const specs = nodes.map((node) => NodeSpec.parse(node));
  const twice = specs.find((spec, i) => specs.findIndex((other) => other.name === spec.name) !== i);
  if (twice) throw new RackhandError('node-invalid', `two nodes are called ${twice.name}`, 'rename one');
  return specs;
}
