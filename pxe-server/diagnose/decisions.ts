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
    mend: `look whether it boots from the network first, from this card and network (VLAN, cable, link light); whether its MAC is the one that is declared: rackhand hosts show ${whoOf(view.facts)}; under another MAC it may be there as pending: rackhand hosts list`,
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
    mend: `arm it for its next boot: rackhand hosts arm ${whoOf(view.facts)}; for each: rackhand hosts arm ${whoOf(view.facts)} always; then switch it off and on`,
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
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `it was told to boot nothing: ${script.fact.message}`,
    mend: mendOfRefusal(view, script.fact.message),
    evidence: numbers(script),
  };
}

/** By what the script said; it names what is wrong, not what there is instead. */
function mendOfRefusal({ facts }: View, said: string): string {
  const name = whoOf(facts);
  if (facts.host?.state === 'frozen')
    return `look which two machines claim it, then: rackhand hosts release ${name}`;
  if (/more than one host/.test(said))
    return `see which hosts have its MAC, UUID or serial: rackhand hosts list; leave each to one of them: rackhand hosts set ${name} --mac MAC`;
  if (/is starting/.test(said))
    return 'switch it off and on: the server is ready some seconds after its start';
  if (/kickstart template/.test(said))
    return `see which templates there are: rackhand kickstart templates list; then: rackhand hosts set ${name} --kickstart NAME`;
  if (/installer/.test(said))
    return `name an installer of the configuration (installers): rackhand hosts set ${name} --installer NAME`;
  if (/\bimage\b/.test(said))
    return `see which images there are: rackhand images list; then: rackhand hosts set ${name} --image NAME, or images.default in the configuration`;
  return `correct its declaration, which shows: rackhand hosts show ${name}; then switch it off and on`;
}

export function waitsForTurn(view: View): Found | undefined {
  const script = view.of('script').at(-1);
  if (script?.fact.decision !== 'wait') return undefined;
  return {
    effect: 'slows',
    certainty: 'certain',
    what: `the line is full, and it was told to wait: ${script.fact.message}`,
    mend: `wait, it goes on by itself; where it is now, and who is before it: rackhand queue list; to let it go first: rackhand queue move ${whoOf(view.facts)} --place 1`,
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
    mend: `declare these machines by MAC, without UUID: rackhand hosts set ${whoOf(view.facts)} --mac MAC --uuid ''; the vendor’s tool can write another UUID (a board that was replaced or cloned keeps the old one)`,
    evidence: numbers(shown),
  };
}
