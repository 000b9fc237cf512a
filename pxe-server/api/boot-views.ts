import type { Host } from '../hosts/model.ts';
import type { Attempt } from '../trace/attempt.ts';
import type { Explained, TraceDesk } from '../trace/desk.ts';
import { lastSeen, type TraceEntry } from '../trace/entry.ts';
import { directionOf, wordsOf } from '../trace/words.ts';
import type { BootAnswer, BootStep } from './boot-schemas.ts';

/** The answer to "why": one attempt in whole, and the others in short. */
export function bootAnswer(
  desk: TraceDesk,
  host: Host,
  attempt: Attempt | undefined,
  all: readonly Attempt[],
): BootAnswer {
  const explained = desk.explain(host, attempt, all);
  return {
    ...{ host: host.name, ...summary(explained) },
    diagnoses: explained.diagnoses,
    steps: explained.attempt.entries.map(stepView),
    left: explained.attempt.left,
    boots: all.map((other) => {
      const told = desk.explain(host, other, all);
      return { ...summary(told), steps: other.entries.length, diagnosis: told.diagnoses[0]?.kind ?? null };
    }),
  };
}

function summary({ attempt, reach }: Explained): Pick<BootAnswer, 'boot' | 'mac' | 'reach'> {
  return { boot: new Date(attempt.startedAt).toISOString(), mac: attempt.mac, reach };
}

export function stepView(entry: TraceEntry, number: number): BootStep {
  const { at, fact, times = 1, frame } = entry;
  return {
    ...{ number, time: new Date(at).toISOString(), layer: fact.layer, direction: directionOf(fact) },
    ...{ message: wordsOf(entry), times, until: new Date(lastSeen(entry)).toISOString() },
    packet: frame !== undefined,
  };
}
