import type { Found } from './diagnosis.ts';
import { numbers, type View, whoOf } from './view.ts';

/** Seconds in which a machine that was sent to its disk and asks again has not booted from it. */
const RETURNS = 15 * 60;
/** Seconds in which an installation and a machine that still asks the network first belong together. */
const DAY = 86_400;

export function neverAsked(view: View): Found | undefined {
  if (view.steps.length > 0) return undefined;
  if (view.facts.host?.lastSeen)
    return {
      effect: 'notes',
      certainty: 'likely',
      what: 'no boot from the network was seen, though the machine was heard: perhaps its own system asked for an address',
      mend: 'when it is to boot from the network: restart it, with this card first in its boot order',
      evidence: [],
    };
  return {
    effect: 'stops',
    certainty: 'likely',
    what: 'nothing was heard of this machine: no question for an address, no file, no agent',
    mend: 'look whether it boots from the network first, from this card and network (VLAN, cable, link light), and whether its MAC is the one that is declared',
    evidence: [],
  };
}

export function sentToDisk(view: View): Found | undefined {
  const script = view.of('script').at(-1);
  if (script?.fact.decision !== 'local' || returnsAfterInstall(view)) return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `it was sent to its own disk: ${script.fact.message}`,
    mend: `arm it for its next boot, or for each: rackhand hosts arm ${whoOf(view.facts)} once|always`,
    evidence: numbers(script),
  };
}

export function returnsAfterInstall(view: View): Found | undefined {
  const script = view.of('script').at(-1);
  const { before } = view.facts;
  const began = view.steps[0]?.at ?? view.facts.now;
  const installed = before.find(({ startedAt }) => began - startedAt <= DAY * 1000 && startedAt < began);
  const install = before.find((attempt) => attempt.installed && began - attempt.startedAt <= DAY * 1000);
  if (script?.fact.decision !== 'local' || !install || !installed) return undefined;
  const rounds = before.filter(
    (attempt) => attempt.local && began - attempt.startedAt <= RETURNS * 1000,
  ).length;
  return {
    effect: rounds > 0 ? 'stops' : 'notes',
    certainty: rounds > 0 ? 'certain' : 'likely',
    what:
      rounds > 0
        ? `it was installed, and comes back to the network instead of starting from its disk (${rounds + 1} times)`
        : 'it was installed, and its firmware still asks the network first; it was sent to its disk',
    mend: 'put the disk first in the firmware’s boot order (efibootmgr on the host, or the management controller), with the disk in the list at all: iPXE’s exit goes to the next entry',
    evidence: numbers(view.dhcp[0], script),
  };
}

export function scriptRefused(view: View): Found | undefined {
  const script = view.of('script').at(-1);
  if (script?.fact.decision !== 'refused') return undefined;
  const name = whoOf(view.facts);
  const mend =
    view.facts.host?.state === 'frozen'
      ? `look which two machines claim it, then: rackhand hosts release ${name}`
      : `correct the declaration: rackhand hosts show ${name}, rackhand hosts set ${name} …`;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `it was told to boot nothing: ${script.fact.message}`,
    mend,
    evidence: numbers(script),
  };
}

export function waitsForTurn(view: View): Found | undefined {
  const script = view.of('script').at(-1);
  if (script?.fact.decision !== 'wait') return undefined;
  return {
    effect: 'slows',
    certainty: 'certain',
    what: `the line is full, and it was told to wait: ${script.fact.message}`,
    mend: `look: rackhand queue list; to let it go first: rackhand queue move ${whoOf(view.facts)} --place 1`,
    evidence: numbers(script),
  };
}

export function duplicateUuid(view: View): Found | undefined {
  const { sameUuid } = view.facts;
  const shown = view.dhcp.find(({ fact }) => fact.by === 'machine' && fact.uuid !== undefined);
  if (sameUuid.length === 0 || !shown) return undefined;
  const ambiguous = view
    .of('script')
    .some(({ fact }) => fact.decision === 'refused' && /more than one host/.test(fact.message));
  return {
    effect: ambiguous ? 'stops' : 'notes',
    certainty: 'certain',
    what: `its UUID ${shown.fact.uuid} is shown by other machines too: ${sameUuid.join(', ')}`,
    mend: 'declare these machines by MAC; the vendor’s tool can write another UUID (a board that was replaced or cloned keeps the old one)',
    evidence: numbers(shown),
  };
}
