import { expect, it } from 'vitest';
import { type Heard, judgeSilence } from '../../../pxe-server/enrol/silence.ts';
import type { HostState } from '../../../pxe-server/hosts/model.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const seconds = (n: number) => START + n * 1000;
/** A host that got into its state at second 100, heard of at these seconds, looked at in second `now`. */
const judge = (state: HostState, { listening = 0, heartbeat, script }: Seconds, now: number) => {
  const host = { state, stateSince: new Date(seconds(100)).toISOString(), reason: 'boots image lab' };
  const heard: Heard = { listening: seconds(listening) };
  if (heartbeat !== undefined) heard.heartbeat = seconds(heartbeat);
  if (script !== undefined) heard.script = { at: seconds(script), told: 'boots image lab' };
  return judgeSilence(host, heard, 10, seconds(now));
};
interface Seconds {
  listening?: number;
  heartbeat?: number;
  script?: number;
}

it.each<[HostState, Seconds, number, string | undefined]>([
  ['up', { heartbeat: 200 }, 230, undefined],
  ['up', { heartbeat: 200 }, 231, 'silent'],
  ['up', {}, 130, undefined],
  ['up', {}, 131, 'silent'],
  ['registering', {}, 131, 'silent'],
  ['probing', { heartbeat: 200 }, 231, 'silent'],
  ['up', { listening: 200 }, 230, undefined], // control started at second 200
  ['up', { listening: 200 }, 231, 'silent'],
  ['up', { heartbeat: 200, script: 199 }, 231, 'silent'], // heartbeats went on behind the script
  ['up', { heartbeat: 200, script: 205 }, 230, undefined],
  ['up', { heartbeat: 200, script: 205 }, 231, 'rebooted'],
  ['up', { script: 90 }, 131, 'silent'], // the script of this very boot
  ['booting', {}, 100 + 30 * 60, undefined],
  ['booting', {}, 101 + 30 * 60, 'overdue'],
  ['booting', { listening: 200 }, 200 + 30 * 60, undefined],
  ['booting', { script: 1000 }, 101 + 30 * 60, 'overdue'], // a loop of boots is no progress
  ['installing', {}, 100_000, undefined],
  ['declared', {}, 100_000, undefined],
  ['pending', {}, 100_000, undefined],
  ['lost', {}, 100_000, undefined],
  ['failed', {}, 100_000, undefined],
  ['frozen', {}, 100_000, undefined],
])('%s, heard %j, at second %i: %s', (state, heard, now, signal) => {
  expect(judge(state, heard, now)?.signal).toBe(signal);
});
it.each<[HostState, Seconds, number, string]>([
  ['up', { heartbeat: 200 }, 231, 'no heartbeat for 31 s'],
  ['up', { heartbeat: 200, script: 205 }, 231, 'boots image lab; no heartbeat for 31 s'],
  [
    'booting',
    {},
    2000,
    'fetched its boot script 31 min ago and has not registered: look at its screen (boots image lab)',
  ],
])('%s: %j: the reason is for a person at the rack', (state, heard, now, reason) => {
  expect(judge(state, heard, now)?.reason).toBe(reason);
});
