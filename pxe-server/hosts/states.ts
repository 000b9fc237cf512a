import type { HostState } from './model.ts';

/** What can happen to a host. */
export type HostSignal =
  | 'seen' // DHCP or a boot file
  | 'booted' // given a boot script that leads to its image; anyone may ask for one
  | 'rebooted' // its heartbeats ended, and a boot script had been asked for
  | 'installing' // fetched its kickstart
  | 'installed' // its installer says that it is done
  | 'install-failed' // its installer says that it gave up
  | 'install-ended' // its installer is done, and was to install nothing
  | 'local' // sent to its own disk
  | 'approved' // by a person
  | 'registered' // certificate issued
  | 'probing'
  | 'proved'
  | 'probe-failed'
  | 'heartbeat'
  | 'silent' // heartbeats missing
  | 'overdue' // too long since its boot script
  | 'halted' // its initramfs stopped: too little memory, or no image that fits
  | 'refused' // its token was refused
  | 'contested' // a second claimant
  | 'released' // a person put it back after looking
  | 'returned'; // the same, of a machine that nobody approved

type Row = Partial<Record<HostSignal, HostState>>;

/**
 * The whole life of a host; a signal that is absent in a row leaves the state as it is. What needs no token
 * moves no host that has registered: only the end of its heartbeats does.
 */
export const TRANSITIONS: Record<HostState, Row> = {
  declared: {
    seen: 'discovered',
    local: 'discovered',
    booted: 'booting',
    installing: 'installing',
    registered: 'registering',
    contested: 'frozen',
  },
  discovered: {
    booted: 'booting',
    installing: 'installing',
    registered: 'registering',
    contested: 'frozen',
  },
  pending: { approved: 'discovered', registered: 'registering', contested: 'frozen' },
  booting: {
    installing: 'installing',
    registered: 'registering',
    heartbeat: 'probing',
    halted: 'failed',
    refused: 'failed',
    overdue: 'failed',
    contested: 'frozen',
  },
  installing: {
    booted: 'booting',
    local: 'discovered',
    installed: 'installed',
    'install-failed': 'failed',
    'install-ended': 'discovered',
    registered: 'registering',
    heartbeat: 'probing',
    contested: 'frozen',
  },
  installed: {
    booted: 'booting',
    installing: 'installing',
    // Its last steps come after its last script.
    'install-failed': 'failed',
    registered: 'registering',
    heartbeat: 'probing',
    contested: 'frozen',
  },
  registering: {
    rebooted: 'booting',
    probing: 'probing',
    silent: 'lost',
    contested: 'frozen',
    registered: 'registering',
  },
  probing: {
    rebooted: 'booting',
    proved: 'up',
    'probe-failed': 'failed',
    silent: 'lost',
    registered: 'registering',
    contested: 'frozen',
  },
  up: {
    rebooted: 'booting',
    probing: 'probing',
    silent: 'lost',
    registered: 'registering',
    contested: 'frozen',
  },
  lost: {
    booted: 'booting',
    installing: 'installing',
    heartbeat: 'probing',
    registered: 'registering',
    contested: 'frozen',
  },
  failed: {
    booted: 'booting',
    installing: 'installing',
    // A script failed that did not have to succeed, or a person helped.
    installed: 'installed',
    registered: 'registering',
    released: 'discovered',
    contested: 'frozen',
    probing: 'probing',
  },
  frozen: { released: 'discovered', returned: 'pending' },
};

/** The state after a signal; the same state when the signal means nothing there. */
export function nextState(state: HostState, signal: HostSignal): HostState {
  return TRANSITIONS[state][signal] ?? state;
}

/** Whether the manager proves a host again, asked by a person: it has registered and is not being proved. */
export function canBeProved(state: HostState): boolean {
  return TRANSITIONS[state].probing !== undefined;
}

/** States in which heartbeats are expected. */
export function expectsHeartbeats(state: HostState): boolean {
  return state === 'registering' || state === 'probing' || state === 'up';
}
