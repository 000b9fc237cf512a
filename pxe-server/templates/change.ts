import { RackhandError } from '../../builder/shared/errors.ts';
import { resolveKickstart } from '../boot/resolve.ts';
import type { Host } from '../hosts/model.ts';
import type { Templates } from '../render/template.ts';
import { isSnippet, type LiveTemplates, MOST_ALL } from './names.ts';
import { templatesOf } from './rendering.ts';
import type { Tryout } from './tryout.ts';
import { sampleOf, usersOf, wholeWith } from './users.ts';

/** Hosts that a change is tried on, at most. */
const MOST_TRIED = 32;
/** Hosts that a refusal names. */
const MOST_NAMED = 5;

export interface Judged {
  /** Hosts that it was tried on, of those that use it. */
  tried: number;
  of: number;
  /** Among them those that get no kickstart by it, and got none before. */
  without: { host: string; message: string }[];
}

interface Proposal {
  name: string;
  live: LiveTemplates;
  next: LiveTemplates;
  hosts: readonly Host[];
  tryout: Tryout;
  untried: boolean;
}

/**
 * Whether a change may be made.
 * @throws RackhandError template-… when it does not load, or something that includes it; template-used when hosts are
 *   installed by what is taken away; template-unfit when hosts would get no kickstart that get one now
 */
export async function judgeChange(proposal: Proposal): Promise<Judged> {
  const { name, live, next, hosts, tryout, untried } = proposal;
  refuseTooMuch(next);
  const wholes = refuseUnloadable(proposal);
  refuseUsed(name, next, hosts);
  const users = usersOf(hosts, Object.keys(next.texts), wholes);
  if (untried) return { tried: 0, of: users.length, without: [] };
  const sample = sampleOf(users, MOST_TRIED);
  const faults = await tryout.faults(next, sample);
  const before = await tryout.faults(
    live,
    faults.map(({ host }) => host),
  );
  const had = new Set(before.map(({ host }) => host.id));
  refuseUnfit(
    name,
    faults.filter(({ host }) => !had.has(host.id)),
    sample.length,
  );
  const without = faults.map(({ host, fault }) => ({
    host: host.name,
    message: `${fault.message}; ${fault.mend}`,
  }));
  return { tried: sample.length, of: users.length, without };
}

function refuseTooMuch({ texts, site }: LiveTemplates): void {
  const all = Object.keys(site).reduce((sum, name) => sum + texts[name]!.length, 0);
  if (all <= MOST_ALL) return;
  throw new RackhandError(
    'template-refused',
    `the site's templates would have ${all} characters together`,
    `they may have ${MOST_ALL}: take some away`,
  );
}

/**
 * All whole templates that have it in them must load, but for those that do not load as it is.
 * @returns their names
 */
function refuseUnloadable({ name, live, next }: Proposal): string[] {
  const [now, then] = [templatesOf(live.texts), templatesOf(next.texts)];
  const wholes = new Set([...wholeWith(now, name), ...(name in next.texts ? wholeWith(then, name) : [])]);
  const loading = [...wholes].filter((whole) => whole in next.texts);
  for (const whole of loading) if (whole === name || loads(now, whole)) then.reached(whole);
  // What nothing includes yet is compared by itself.
  if (isSnippet(name) && name in next.texts && loading.length === 0) then.reached(name);
  return loading;
}

function loads(templates: Templates, whole: string): boolean {
  try {
    return templates.reached(whole).size > 0;
  } catch {
    return false;
  }
}

function refuseUsed(name: string, next: LiveTemplates, hosts: readonly Host[]): void {
  if (name in next.texts) return;
  const users = hosts.filter(
    ({ kickstart }) => kickstart !== undefined && resolveKickstart([name], kickstart) !== undefined,
  );
  if (users.length === 0) return;
  const named = users.slice(0, MOST_NAMED).map((host) => host.name);
  throw new RackhandError(
    'template-used',
    `template ${name}: ${users.length} hosts are installed by it: ${named.join(', ')}`,
    'give them another kickstart first',
  );
}

function refuseUnfit(
  name: string,
  faults: readonly { host: Host; fault: RackhandError }[],
  tried: number,
): void {
  const [first] = faults;
  if (!first) return;
  const reasons = faults.slice(0, MOST_NAMED).map(({ host, fault }) => `${host.name}: ${fault.message}`);
  throw new RackhandError(
    'template-unfit',
    `template ${name}: of ${tried} hosts that it was tried on, ${faults.length} would get no kickstart any more. ${reasons.join('. ')}`,
    `${first.fault.mend}; or accept it although they get none: --untried`,
  );
}
