import type { Link } from '../../pxe-server/net/namespaces.ts';
import { RELAYS, SERVER } from './plan.ts';
import type { Trial } from './search.ts';

/** One run of perfdhcp, Kea's load program, as it reports it. */
export interface LoadRun extends Trial {
  /** Share of DISCOVERs and of REQUESTs without an answer. */
  drops: { offer: number; ack: number };
  /** Milliseconds from each question to its answer, OFFERs and ACKs alike; empty unless they were asked for. */
  milliseconds: number[];
}

export interface Load {
  /** Exchanges per second, and for how long. */
  rate: number;
  seconds: number;
  /** Note when each packet came, which costs the program some time. */
  timers?: boolean;
}

/** What one of several programs that ask at the same time is told. */
export interface Share extends Load {
  relay: string;
  /** Hardware address of its first client, and how many there are. */
  first: string;
  clients: number;
}

/** Distinct clients of a run, split among its programs: so many that most exchanges are a client's first. */
const CLIENTS = 200_000;
/** Microseconds that answers are waited for after the last question. */
const PATIENCE = 1_000_000;
/** Clients of each program: those that warm a server up, and those that count, by their first three bytes. */
const MACS = [
  { warm: '0a:aa:00', measured: '0a:bb:00' },
  { warm: '0a:ca:00', measured: '0a:db:00' },
] as const;
const WARM_SECONDS = 2;
const WARM_RATE = 1000;
/** perfdhcp's exit code when some exchanges did not end. */
const SOME_FAILED = 3;

/** So many programs at once, each a relay agent with clients of its own: DISCOVER, and REQUEST once something is offered. */
export async function measuredLoad(link: Link, load: Load, programs: number): Promise<LoadRun> {
  const runs = await Promise.all(shares(load, programs, 'measured').map((share) => perfdhcp(link, share)));
  return summed(runs, load);
}

/** What a server that has run for a while has behind it: other clients, at a rate that it holds. */
export async function warmUp(link: Link, rate: number): Promise<void> {
  const gentle = Math.max(1, Math.min(WARM_RATE, Math.round(rate / 2)));
  const [only] = shares({ rate: gentle, seconds: WARM_SECONDS }, 1, 'warm');
  await perfdhcp(link, only!);
}

/** A load and its clients, split evenly. Pure. */
export function shares(load: Load, programs: number, clients: 'warm' | 'measured'): Share[] {
  return MACS.slice(0, programs).map((macs, i) => ({
    ...load,
    rate: Math.max(1, Math.floor((load.rate * (i + 1)) / programs) - Math.floor((load.rate * i) / programs)),
    relay: RELAYS[i]!,
    first: `${macs[clients]}:00:00:00`,
    clients: Math.floor(CLIENTS / programs),
  }));
}

/** What programs that asked at the same time come to. */
export function summed(runs: readonly LoadRun[], { rate }: Load): LoadRun {
  const sum = (of: (run: LoadRun) => number) => runs.reduce((all, run) => all + of(run), 0);
  const begun = sum((run) => run.begun);
  const share = (of: (run: LoadRun) => number) => sum((run) => of(run) * run.begun) / Math.max(1, begun);
  return {
    ...{ wanted: rate, begun, ended: sum((run) => run.ended) },
    drops: { offer: share((run) => run.drops.offer), ack: share((run) => run.drops.ack) },
    milliseconds: runs.flatMap((run) => run.milliseconds),
  };
}

async function perfdhcp(link: Link, share: Share): Promise<LoadRun> {
  const argv = ['perfdhcp', ...perfdhcpArguments(share)];
  const timeout = (share.seconds + 60) * 1000;
  const { stdout } = await link.client.run(argv, { okCodes: [0, SOME_FAILED], timeout });
  return parseReport(stdout, share);
}

export function perfdhcpArguments({ rate, seconds, timers, relay, first, clients }: Share): string[] {
  return [
    // By one thread: three that want two processors make it lose answers that came.
    ...['-g', 'single', '-4', '-l', relay, '-r', String(rate), '-p', String(seconds)],
    ...['-R', String(clients), '-b', `mac=${first}`, '-W', String(PATIENCE)],
    ...(timers ? ['-x', 't'] : []),
    SERVER,
  ];
}

/** @throws Error when it is no report of perfdhcp */
export function parseReport(text: string, { rate, seconds }: Load): LoadRun {
  const [, offers, acks] = text.split(/\*\*\*Statistics for: (?:DISCOVER-OFFER|REQUEST-ACK)\*\*\*/);
  const count = (part: string | undefined, what: string) => {
    const found = new RegExp(`^${what}: (\\d+)`, 'm').exec(part ?? '');
    if (!found) throw new Error(`perfdhcp reports no ${what}: ${text.slice(0, 2000)}`);
    return Number(found[1]);
  };
  const share = (part: string | undefined) => count(part, 'drops') / Math.max(1, count(part, 'sent packets'));
  return {
    wanted: rate,
    begun: count(offers, 'sent packets') / seconds,
    ended: count(acks, 'received packets') / seconds,
    drops: { offer: share(offers), ack: share(acks) },
    milliseconds: timers(text),
  };
}

/** "sent / received: 00:00:01.000100 / 00:00:01.000350", since the program's start. */
function timers(text: string): number[] {
  const at = (time: string) => {
    const [, hours, minutes, seconds] = /^(\d+):?(\d\d):?(\d\d(?:\.\d+)?)$/.exec(time)!;
    return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  };
  return [...text.matchAll(/^sent \/ received: ([\d:.]+) \/ ([\d:.]+)$/gm)].map(
    ([, sent, received]) => at(received!) - at(sent!),
  );
}
