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

/** Distinct clients: more than any run has exchanges, so that each is a client's first. */
const CLIENTS = 200_000;
/** Microseconds that answers are waited for after the last question. */
const PATIENCE = 1_000_000;
/** The first client's hardware address: of those that warm a server up, and of those that count. */
const FIRST = { warm: '0a:aa:00:00:00:00', measured: '0a:bb:00:00:00:00' };
const WARM_SECONDS = 2;
const WARM_RATE = 1000;
/** perfdhcp's exit code when some exchanges did not end. */
const SOME_FAILED = 3;

/** One relay agent with many clients; each sends DISCOVER, and REQUEST once it is offered something. */
export function measuredLoad(link: Link, load: Load): Promise<LoadRun> {
  return perfdhcp(link, load, FIRST.measured);
}

/** What a server that has run for a while has behind it: other clients, at a rate that it holds. */
export async function warmUp(link: Link, rate: number): Promise<void> {
  const gentle = Math.max(1, Math.min(WARM_RATE, Math.round(rate / 2)));
  await perfdhcp(link, { rate: gentle, seconds: WARM_SECONDS }, FIRST.warm);
}

async function perfdhcp(link: Link, load: Load, first: string): Promise<LoadRun> {
  const argv = ['perfdhcp', ...perfdhcpArguments(load, first)];
  const timeout = (load.seconds + 60) * 1000;
  const { stdout } = await link.client.run(argv, { okCodes: [0, SOME_FAILED], timeout });
  return parseReport(stdout, load);
}

export function perfdhcpArguments({ rate, seconds, timers }: Load, first: string): string[] {
  return [
    ...['-4', '-l', CLIENT, '-r', String(rate), '-p', String(seconds)],
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
