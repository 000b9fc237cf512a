import type { HostState } from './model.ts';

/** What can happen to a host. */
export type HostSignal =
  | 'seen' // DHCP or a boot file
  | 'booted' // given a boot script that leads to its image
  | 'inventoried' // unknown machine sent its inventory
  | 'approved' // by a person
  | 'registered' // certificate issued
  | 'probing'
  | 'proved'
  | 'probe-failed'
  | 'heartbeat'
  | 'silent' // heartbeats missing
  | 'refused' // its token was refused
  | 'contested' // a second claimant
  | 'released'; // a person put it back after looking

type Row = Partial<Record<HostSignal, HostState>>;

/** The whole life of a host; a signal that is absent in a row leaves the state as it is. */
export const TRANSITIONS: Record<HostState, Row> = {
  declared: {
    seen: 'discovered',
    booted: 'booting',
    registered: 'registering',
    inventoried: 'pending',
    contested: 'frozen',
  },
  discovered: {
    booted: 'booting',
    registered: 'registering',
    inventoried: 'pending',
    contested: 'frozen',
  },
  pending: { approved: 'discovered', booted: 'booting', registered: 'registering', contested: 'frozen' },
  booting: { registered: 'registering', inventoried: 'pending', refused: 'failed', contested: 'frozen' },
  registering: {
    booted: 'booting',
    probing: 'probing',
    silent: 'lost',
    contested: 'frozen',
    registered: 'registering',
  },
  probing: {
    booted: 'booting',
    proved: 'up',
    'probe-failed': 'failed',
    silent: 'lost',
    registered: 'registering',
    contested: 'frozen',
  },
  up: {
    booted: 'booting',
    probing: 'probing',
    silent: 'lost',
    registered: 'registering',
    contested: 'frozen',
  },
  lost: { booted: 'booting', heartbeat: 'probing', registered: 'registering', contested: 'frozen' },
  failed: {
    booted: 'booting',
    registered: 'registering',
    inventoried: 'pending',
    released: 'discovered',
    contested: 'frozen',
    probing: 'probing',
  },
  frozen: { released: 'discovered' },
};

/** The state after a signal; the same state when the signal means nothing there. */
export function nextState(state: HostState, signal: HostSignal): HostState {
  return TRANSITIONS[state][signal] ?? state;
}

/** States in which heartbeats are expected. */
export function expectsHeartbeats(state: HostState): boolean {
  return state === 'registering' || state === 'probing' || state === 'up';
}
