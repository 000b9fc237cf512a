import type { Host } from '../hosts/model.ts';
import { expectsHeartbeats } from '../hosts/states.ts';

/** Heartbeats that may be missing before a host counts as lost. */
const MISSING = 3;
/**
 * How long a machine may take from its boot script to its registration (milliseconds): longer than its token
 * is good for unless a site says otherwise, and than a large image takes over a slow line.
 */
const BOOT_MS = 30 * 60_000;

/** When what of a host reached us: milliseconds since 1970. */
export interface Heard {
  /** Since when there is somebody who listens: a restart of control gives every host its full time again. */
  listening: number;
  heartbeat?: number | undefined;
  /** Its boot script was asked for last, by the machine or by anyone, and what was told of it. */
  script?: { at: number; told: string } | undefined;
}

export interface Silence {
  signal: 'silent' | 'rebooted' | 'overdue';
  reason: string;
}

/** What it means that nothing came of a host until now; undefined while that is nothing yet. */
export function judgeSilence(
  host: Pick<Host, 'state' | 'stateSince' | 'reason'>,
  { listening, heartbeat = 0, script }: Heard,
  heartbeatSeconds: number,
  now: number,
): Silence | undefined {
  const entered = Math.max(listening, Date.parse(host.stateSince));
  if (host.state === 'booting')
    return now - entered > BOOT_MS ? overdue(host.reason, now - entered) : undefined;
  if (!expectsHeartbeats(host.state)) return undefined;
  const last = Math.max(heartbeat, entered);
  if (now - last <= heartbeatSeconds * 1000 * MISSING) return undefined;
  const silent = `no heartbeat for ${Math.round((now - last) / 1000)} s`;
  if (script && script.at > last) return { signal: 'rebooted', reason: `${script.told}; ${silent}` };
  return { signal: 'silent', reason: silent };
}

function overdue(script: string, milliseconds: number): Silence {
  const minutes = Math.floor(milliseconds / 60_000);
  const what = `fetched its boot script ${minutes} min ago and has not registered: look at its screen`;
  return { signal: 'overdue', reason: `${what} (${script})` };
}
