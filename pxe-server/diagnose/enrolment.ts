import type { AgentFact } from '../trace/entry.ts';
import { clockText } from '../trace/words.ts';
import type { Found } from './diagnosis.ts';
import { numbers, type Seen, type View, whoOf } from './view.ts';

/** Seconds by which a clock may be wrong: certificates are backdated by more. */
const CLOCK = 3600;
/** Seconds from the authority to the registration. */
const REGISTERS = 60;

export function clockWrong(view: View): Found | undefined {
  const failed = tlsFailures(view).filter(({ fact }) =>
    /expired|not.?yet.?valid/i.test(`${fact.code} ${fact.message}`),
  );
  const off = view.of('agent').filter(({ fact }) => Math.abs(fact.clock ?? 0) >= CLOCK);
  const last = failed.at(-1) ?? (tlsFailures(view).length > 0 ? off.at(-1) : undefined);
  if (!last || view.arrived) return undefined;
  const clock = off.at(-1)?.fact.clock;
  return {
    effect: 'stops',
    certainty: clock === undefined ? 'likely' : 'certain',
    what:
      clock === undefined
        ? 'the agent takes our certificate for one of another time: the machine’s clock is wrong'
        : `the machine’s clock ${clockText(clock)}: certificates are not good for it`,
    mend: 'set the clock in its firmware (in UTC), and renew its battery; name time servers for the subnet (ntp)',
    evidence: numbers(...off.slice(-1), ...failed.slice(-2)),
  };
}

export function authorityDiffers(view: View): Found | undefined {
  if (view.arrived || clockWrong(view)) return undefined;
  const failed = tlsFailures(view).filter(({ fact }) =>
    /unknown.?ca|self.?signed|bad.?certificate/i.test(`${fact.code} ${fact.message}`),
  );
  const fetched = view
    .of('agent')
    .filter(({ fact }) => fact.step === 'ca')
    .at(-1);
  const mend = `the boot script names the fingerprint of the authority: switch the machine off and on after the authority was made anew; make its medium anew: rackhand hosts medium ${whoOf(view.facts)} --output FILE; look for another server at that address`;
  if (failed.length > 0)
    return {
      effect: 'stops',
      certainty: 'certain',
      what: 'the agent does not trust this server: its certificate authority is another one than the agent was told',
      mend,
      evidence: numbers(fetched, ...failed.slice(-2)),
    };
  const more = fetched && view.of('agent').some(({ i, fact }) => i > fetched.i && fact.step !== 'ca');
  if (!fetched || more || !view.endsAfter(fetched.i, REGISTERS)) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: 'the agent fetched our certificate authority and went no further: it is another one than the agent was told',
    mend,
    evidence: numbers(fetched),
  };
}

export function agentCannotConnect(view: View): Found | undefined {
  const failed = tlsFailures(view);
  if (failed.length === 0 || view.arrived || clockWrong(view) || authorityDiffers(view)) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: `the agent’s TLS connection fails: ${failed.at(-1)!.fact.message ?? 'unknown why'}`,
    mend: 'look for something between that opens TLS connections (a proxy, an inspecting firewall); look at the console of the machine',
    evidence: numbers(...failed.slice(-2)),
  };
}

export const tokenExpired = (view: View) =>
  refused(
    view,
    ['token-expired'],
    'certain',
    'registration was refused, since its token is over',
    'boot the machine again, since each boot gets a token of its own; if it boots for longer than that, raise tokenMinutes',
  );

export const tokenSpent = (view: View) =>
  refused(
    view,
    ['token-claimed', 'host-frozen'],
    'certain',
    'registration was refused, since another machine had claimed the token',
    `find out who did: two machines with one MAC, or somebody who read the script; then rackhand hosts release ${whoOf(view.facts)}, and boot again`,
  );

export const notArmedAtRegistration = (view: View) =>
  refused(
    view,
    ['not-armed'],
    'certain',
    'registration was refused, since the host is not armed',
    `rackhand hosts arm ${whoOf(view.facts)}; then switch it off and on`,
  );

export const registrationRefused = (view: View) =>
  refused(
    view,
    [
      'token-unknown',
      'token-revoked',
      'token-foreign',
      'host-ambiguous',
      'host-alive',
      'session-unknown',
      'key-changed',
      'request-invalid',
    ],
    'certain',
    'registration was refused',
    mendOfRegistration(view),
  );

function mendOfRegistration(view: View): string {
  const code = view.of('agent').findLast(({ fact }) => fact.step === 'refused')?.fact.code;
  const name = whoOf(view.facts);
  if (code === 'host-alive')
    return 'it tries again by itself; switch off the other machine that runs as this host, or wait until it was silent for three heartbeats';
  if (code === 'host-ambiguous')
    return `see which hosts have its MACs, UUID or serial: rackhand hosts list; leave each to one of them: rackhand hosts set ${name} --mac MAC`;
  return `switch the machine off and on, so that it boots from this server; a medium may be an old one, another: rackhand hosts medium ${name} --output FILE`;
}

function refused(
  view: View,
  codes: readonly string[],
  certainty: Found['certainty'],
  what: string,
  mend: string,
): Found | undefined {
  const found = view
    .of('agent')
    .filter(({ fact }) => fact.step === 'refused' && codes.includes(fact.code ?? ''));
  const last = found.at(-1);
  const over =
    last &&
    view.of('agent').some(({ i, fact }) => i > last.i && (fact.step === 'registered' || fact.step === 'up'));
  if (!last || over) return undefined;
  const said = last.fact.message ? `: ${last.fact.message}` : '';
  return { effect: 'stops', certainty, what: `${what}${said}`, mend, evidence: numbers(...found.slice(-3)) };
}

export function waitsForApproval(view: View): Found | undefined {
  const last = view.of('agent').at(-1);
  if (last?.fact.step !== 'waits') return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: 'it has booted, and waits for a person to approve it',
    mend: `rackhand hosts approve ${whoOf(view.facts)}`,
    evidence: numbers(last),
  };
}

export function kickstartFailed(view: View): Found | undefined {
  const failed = view.of('installer').filter(({ fact }) => fact.step === 'failed');
  // The first says what failed; what follows is the installer that gives up, with more of its logs.
  const first = failed.find(({ fact }) => fact.line !== undefined) ?? failed[0];
  const done = view.of('installer').some(({ i, fact }) => first && i > first.i && fact.step === 'done');
  if (!first || done) return undefined;
  const { line, message } = first.fact;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `the installation failed${line === undefined ? '' : ` at line ${line} of the kickstart`}: ${message}`,
    mend: `see what it was given: rackhand hosts kickstart ${whoOf(view.facts)}; correct the template or the host’s declaration, then: rackhand hosts arm ${whoOf(view.facts)}; the steps after it are the ends of the installer’s logs`,
    evidence: numbers(first, ...failed.slice(-1)),
  };
}

export function kickstartRefused(view: View): Found | undefined {
  const installer = view.of('installer');
  const refused = installer.filter(({ fact }) => fact.step === 'refused');
  const last = refused.at(-1);
  if (!last || installer.some(({ fact }) => fact.step !== 'refused')) return undefined;
  const name = whoOf(view.facts);
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `its installer got no kickstart: ${last.fact.message}`,
    mend:
      view.facts.host?.state === 'frozen'
        ? `find out which machine reads along, and change what was read; then: rackhand hosts release ${name}; rackhand hosts arm ${name}; and switch it off and on`
        : `compare its MACs and serial with its declaration: rackhand hosts show ${name}; then: rackhand hosts arm ${name}; and switch it off and on, since each boot gets a token of its own`,
    evidence: numbers(...refused.slice(-2)),
  };
}

function tlsFailures(view: View): Seen<AgentFact>[] {
  return view.of('agent').filter(({ fact }) => fact.step === 'tls-failed');
}
