import type { Link } from '../../pxe-server/net/namespaces.ts';
import { CLIENT, SERVER } from './plan.ts';
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

/** Distinct clients of each program, so many that most exchanges are a client's first. */
const CLIENTS = 200_000;
/** Microseconds that answers are waited for after the last question. */
const PATIENCE = 1_000_000;
/** A program that asks as a relay; the first client's hardware address of those that warm a server up, and of those that count. */
export interface Loader {
  relay: string;
  warm: string;
  measured: string;
}

/** One: on two processors a second one takes what the first and the server need. */
export const LOADERS: readonly Loader[] = [
  { relay: CLIENT, warm: '0a:aa:00:00:00:00', measured: '0a:bb:00:00:00:00' },
];
const WARM_SECONDS = 2;
const WARM_RATE = 1000;
/** perfdhcp's exit code when some exchanges did not end. */
const SOME_FAILED = 3;

/** Relay agents with many clients; each sends DISCOVER, and REQUEST once it is offered something. */
export function measuredLoad(link: Link, load: Load): Promise<LoadRun> {
  return together(link, load, 'measured');
}

/** What a server that has run for a while has behind it: other clients, at a rate that it holds. */
export async function warmUp(link: Link, rate: number): Promise<void> {
  const gentle = Math.max(1, Math.min(WARM_RATE, Math.round(rate / 2)));
  await together(link, { rate: gentle, seconds: WARM_SECONDS }, 'warm');
}

async function together(link: Link, load: Load, clients: 'warm' | 'measured'): Promise<LoadRun> {
  const half = { ...load, rate: Math.max(1, Math.round(load.rate / LOADERS.length)) };
  const runs = await Promise.all(LOADERS.map((loader) => perfdhcp(link, half, loader, loader[clients])));
  return summed(runs, load);
}

/** What two halves come to. */
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

async function perfdhcp(link: Link, load: Load, { relay }: Loader, first: string): Promise<LoadRun> {
  const argv = ['perfdhcp', ...perfdhcpArguments(load, relay, first)];
  const timeout = (load.seconds + 60) * 1000;
  const { stdout } = await link.client.run(argv, { okCodes: [0, SOME_FAILED], timeout });
  return parseReport(stdout, load);
}

export function perfdhcpArguments({ rate, seconds, timers }: Load, relay: string, first: string): string[] {
  return [
    // By one thread: three that want two processors make it lose answers that came.
    ...['-g', 'single', '-4', '-l', relay, '-r', String(rate), '-p', String(seconds)],
    ...['-R', String(CLIENTS), '-b', `mac=${first}`, '-W', String(PATIENCE)],
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
