import { setTimeout } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Host } from '../hosts/model.ts';
import type { TraceDesk } from '../trace/desk.ts';
import { lastSeen, type TraceEntry } from '../trace/entry.ts';
import type { Recorded } from '../trace/recorder.ts';
import { stepView } from './boot-views.ts';
import { write } from './stream.ts';

const BEAT_MS = 15_000;
/** Steps that wait for a reader who is slow; beyond it the oldest are left out. */
const WAITING = 2000;
/** Milliseconds after which it is asked again what is wrong: what does not come is a finding too. */
const LOOK_MS = 5000;
/** A boot whose last step is no older goes on. */
const RECENT_MS = 120_000;

/** Server-sent events until the client leaves: each step as it is recorded, and what the steps show when that changes. */
export async function streamBoot(
  desk: TraceDesk,
  host: Host,
  reply: FastifyReply,
  onInternal: (error: unknown) => void,
): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  const waiting: Recorded[] = [];
  const told = new Set<string>();
  const left = new AbortController();
  let wake: () => void = () => undefined;
  const stop = desk.follow(host, (recorded) => {
    waiting.push(recorded);
    if (waiting.length > WAITING) waiting.shift();
    wake();
  });
  const before = [...goingOn(desk, host)]; // what comes from here on waits
  response.on('error', () => undefined); // the client left; 'close' follows
  response.once('close', () => left.abort());
  const send = (text: string) => write(response, text);
  const tell = (entry: TraceEntry, number: number, begins: boolean) =>
    send(`${begins ? 'event: boot\n' : ''}data: ${JSON.stringify(stepView(entry, number))}\n\n`);
  try {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await send(': alive\n\n');
    for (const [i, entry] of before.entries()) await tell(entry, i, i === 0);
    let beaten = Date.now();
    while (!response.destroyed) {
      for (const { entry, attempt, begins } of waiting.splice(0)) {
        if (begins) told.clear();
        const number = attempt.entries.findIndex(({ at }) => at === entry.at);
        await tell(entry, Math.max(0, number), begins);
      }
      for (const diagnosis of newest(desk, host)) {
        if (told.has(diagnosis.kind)) continue;
        told.add(diagnosis.kind);
        await send(`event: diagnosis\ndata: ${JSON.stringify(diagnosis)}\n\n`);
      }
      if (Date.now() - beaten >= BEAT_MS) {
        await send(': alive\n\n');
        beaten = Date.now();
      }
      if (waiting.length > 0) continue;
      const rung = new Promise<void>((resolve) => (wake = resolve));
      await Promise.race([
        rung,
        setTimeout(LOOK_MS, undefined, { signal: left.signal }).catch(() => undefined),
      ]);
    }
  } catch (error) {
    if (!response.destroyed) onInternal(error);
  } finally {
    stop();
    response.destroy();
  }
}

/** The boot that is under way: who comes in its middle has seen nothing of it. */
function goingOn(desk: TraceDesk, host: Host): readonly TraceEntry[] {
  const entries = desk.attemptsOf(host)[0]?.entries ?? [];
  const last = entries.at(-1);
  return last && desk.now() - lastSeen(last) <= RECENT_MS ? entries : [];
}

function newest(desk: TraceDesk, host: Host) {
  const all = desk.attemptsOf(host);
  return all[0] ? desk.explain(host, all[0], all).diagnoses : [];
}
