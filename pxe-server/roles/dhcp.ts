import { join } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import { tryLockFolder } from '../../builder/shared/lock.ts';
import type { LeaseQuestion } from '../dhcp/leases/questions.ts';
import type { DhcpEvent } from '../dhcp/reports.ts';
import type { ServedSubnet } from '../dhcp/schema.ts';
import type { DhcpSocket } from '../dhcp/server.ts';
import { type LoadedThread, loadDhcpThread, startDhcpThread } from '../dhcp/thread.ts';
import type { Ipv6 } from '../dhcp6/schema.ts';
import { serverIdentifier } from '../dhcp6/server-id.ts';
import { interfaceAddresses } from '../net/addresses.ts';
import { parseIpv4 } from '../net/ipv4.ts';
import { dhcpStep } from '../trace/dhcp-steps.ts';
import type { ThreadIpv6 } from './dhcp6-thread.ts';
import { HeldReplica } from './held-replica.ts';
import type { BootTrace, ToDecider } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface DhcpSettings {
  state: string;
  httpPort: number;
  /** In the order of the dhcp-N and proxy-N sockets. */
  interfaces: { name: string; address: string }[];
  subnets: ServedSubnet[];
  /** Of the dhcp6-NAME and routers-NAME sockets. */
  ipv6: { name: string; ipv6: Ipv6 | undefined }[];
}

export interface DhcpThreadSettings {
  sockets: DhcpSocket[];
  subnets: ServedSubnet[];
  /** Path of the log of leases. */
  leases: string;
  httpPort: number;
  echoFd: number | undefined;
  ownAddresses: string[];
  ipv6: ThreadIpv6;
}

const TRACES: Partial<Record<DhcpEvent['kind'], BootTrace['kind']>> = {
  ack: 'lease',
  malformed: 'malformed',
  limited: 'warning',
  conflict: 'conflict',
  'foreign-server': 'foreign-server',
};

/** Addresses and boot file names; the leases are its own. */
async function start(
  loaded: LoadedThread,
  { settings, sockets, link, log }: RoleProcess<DhcpSettings>,
): Promise<() => Promise<void>> {
  const held = new HeldReplica();
  const lock = await tryLockFolder(settings.state);
  if (!lock) {
    const what = `another process works on the leases in ${settings.state}`;
    throw new RackhandError(
      'leases-in-use',
      what,
      'wait until rackhand leases has ended, or end the other service',
    );
  }
  const threadSettings: DhcpThreadSettings = {
    sockets: settings.interfaces.flatMap(({ name, address }, i) => [
      {
        ...{ fd: sockets[`dhcp-${i}`]!, interface: name, serverAddress: address },
        ...{ arpFd: sockets[`arp-${i}`], answersFd: sockets[`answers-${i}`] },
      },
      { fd: sockets[`proxy-${i}`]!, interface: name, serverAddress: address, port: 4011 },
    ]),
    subnets: settings.subnets,
    leases: join(settings.state, 'leases.log'),
    httpPort: settings.httpPort,
    echoFd: sockets.echo,
    ownAddresses: interfaceAddresses()
      .map(({ address }) => address)
      .filter((address) => parseIpv4(address) !== undefined),
    ipv6: {
      serverId: await serverIdentifier(join(settings.state, 'server-duid')),
      leases: join(settings.state, 'leases6.log'),
      interfaces: settings.ipv6.map(({ name, ipv6 }) => ({
        ...{ name, ipv6 },
        ...{ dhcpFd: sockets[`dhcp6-${name}`], routersFd: sockets[`routers-${name}`] },
      })),
    },
  };
  const thread = await startDhcpThread(loaded, threadSettings, {
    log,
    onEvent: (event) => {
      const match = event.mac ? held.now()?.hosts.match({ mac: event.mac }) : undefined;
      const trace: BootTrace = {
        kind: TRACES[event.kind] ?? 'dhcp',
        hostId: match?.kind === 'host' ? match.host.id : null,
        mac: event.mac ?? null,
        address: event.address ?? null,
        message: event.message,
      };
      link.notify('control', { type: 'trace', trace });
    },
    onTapped: (tapped) => {
      const steps = tapped.flatMap((one) => dhcpStep(one) ?? []);
      link.notify('control', { type: 'steps', steps, left: 0 });
    },
  });
  link.onNotice((_from, body) => {
    const message = body as ToDecider;
    if (message.type !== 'replica' && message.type !== 'hosts') return;
    held.take(message);
    thread.notify(message);
  });
  link.answer(
    'leases',
    inTurn((question: LeaseQuestion) => thread.ask(question)),
  );
  link.notify('control', { type: 'replica-wanted' });
  return async () => {
    await thread.stop();
    await lock.release();
  };
}

/** One after the other: between two of them packets are answered. */
function inTurn<Question, Answer>(
  ask: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  return (question) => {
    const answer = last.then(() => ask(question));
    last = answer.catch(() => undefined);
    return answer;
  };
}

const loaded = await loadDhcpThread(new URL('./dhcp-thread.ts', import.meta.url));
await runRole<DhcpSettings>('dhcp', (role) => start(loaded, role));
