import { startDaemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { lifeline, NETWORK, ownNamespace } from '../../../builder/trial/rack/network.ts';
import type { Rack } from '../../../builder/trial/rack/rack.ts';

/** A host on the rack's bridge that is no machine: a namespace for clients that a test runs itself. */
export interface Station {
  inNamespace(argv: readonly string[]): string[];
  close(): Promise<void>;
}

const DEVICE = 'eth0';

/** @param address of the rack's network, outside the range that DHCP gives */
export async function openStation(rack: Rack, name: string, address: string): Promise<Station> {
  const holder = startDaemon([...lifeline(true), 'unshare', '--net', '--', 'tail', '-f', '/dev/null'], {
    stdio: 'ignore',
  });
  await ownNamespace(holder);
  const inNamespace = (argv: readonly string[]) => [
    'nsenter',
    `--net=/proc/${holder.pid}/ns/net`,
    '--',
    ...argv,
  ];
  const port = `st-${name}`.slice(0, 15);
  const peer = ['peer', 'name', DEVICE, 'netns', String(holder.pid)];
  await run(rack.inNamespace(['ip', 'link', 'add', port, 'type', 'veth', ...peer]));
  await run(rack.inNamespace(['ip', 'link', 'set', port, 'master', rack.bridge, 'up']));
  await run(inNamespace(['ip', 'address', 'add', `${address}/${NETWORK.prefix}`, 'brd', '+', 'dev', DEVICE]));
  await run(inNamespace(['ip', 'link', 'set', DEVICE, 'up']));
  await run(inNamespace(['ip', 'link', 'set', 'lo', 'up']));
  return { inNamespace, close: () => holder.stop(0) };
}
