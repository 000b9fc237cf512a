import type { Inventory } from '../../builder/contract/inventory.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { chooseDisks } from '../hosts/install/choose.ts';
import { checkKickstart } from '../kickstart/check.ts';
import { compileKickstart } from '../kickstart/plan/compile.ts';
import { planText } from '../kickstart/plan/picture.ts';
import { maskedPlan, type PlanView } from '../kickstart/plan/view.ts';
import type { Include } from '../kickstart/reader.ts';
import { findingText, linesOf } from '../kickstart/text/excerpt.ts';
import { ASSUMED } from '../render/kickstart.ts';
import { maskKickstart } from '../render/masked.ts';
import { choosesDisks, storageLinesOn } from '../render/storage-lines.ts';
import type { ReplicaHost } from '../roles/messages.ts';
import {
  type KickstartSources,
  NO_TOKENS,
  type Reached,
  type RenderSources,
  renderedKickstart,
} from './kickstarts.ts';

/** Whose plan is wanted, and the machine that it is for. */
export interface PlanQuestion {
  hostId: string;
  inventory: Inventory;
}

/**
 * The kickstart of a host as it would be served now, compiled for the machine of its inventory. Nothing is given to
 * anybody, and no token is used.
 * @throws RackhandError host-absent | state-wrong: it has no kickstart | plan-impossible: there is no kickstart to
 *   compile, or the inventory does not say which disks are meant
 */
export async function hostPlan(
  sources: RenderSources & Pick<KickstartSources, 'replica'>,
  { hostId, inventory }: PlanQuestion,
  reached: Reached,
): Promise<PlanView> {
  const now = sources.replica();
  const host = now?.hosts.get(hostId);
  if (!now || !host) throw new RackhandError('host-absent', 'the host is not known here', 'try again');
  const { name, kickstart } = host;
  if (kickstart === undefined)
    throw new RackhandError(
      'state-wrong',
      `${name} has no kickstart: it boots its image, and nothing is installed`,
      `rackhand hosts set ${name} --kickstart install`,
    );
  const { firmware, disks } = inventory;
  const onMachine = { ...host, kickstart, hardware: { firmware, disks } };
  const { text, template, release, include } = await renderedOrWhy(sources, now, onMachine, reached);
  const file = template.replace(/\.njk$/, '');
  const compiled = compileKickstart(checkKickstart(text, { release, file, include }), inventory);
  const view = { host: name, kickstart: template, release };
  if ('plan' in compiled) {
    const { plan } = compiled;
    const mask = (part: string) => maskKickstart(part, host.install);
    return { ...view, plan: maskedPlan(plan, mask), refused: [], picture: planText(plan, inventory) };
  }
  const lines = new Map([[file, linesOf(text)]]);
  const refused = compiled.refused.map((finding) => {
    const { code, message, mend, place } = finding;
    const included = lines.has(place.file) ? 'absent' : include(place.file);
    if (typeof included !== 'string') lines.set(place.file, linesOf(included.text));
    return { code, message, mend, place, told: findingText(finding, lines) };
  });
  return { ...view, plan: null, refused, picture: '' };
}

async function renderedOrWhy(
  sources: Parameters<typeof renderedKickstart>[0],
  now: Parameters<typeof renderedKickstart>[1],
  host: Parameters<typeof renderedKickstart>[2] & Required<Pick<ReplicaHost, 'hardware'>>,
  reached: Reached,
) {
  try {
    const made = await renderedKickstart(sources, now, host, reached, NO_TOKENS);
    const { text, template, release = ASSUMED } = made;
    return { text, template, release, include: includeOf(text, host) };
  } catch (cause) {
    if (!(cause instanceof RackhandError)) throw cause;
    throw new RackhandError('plan-impossible', `${cause.message} [${cause.code}]`, cause.mend, { cause });
  }
}

/** What %pre would write on this machine. @throws RackhandError disks-unfit | disks-undecided */
function includeOf(text: string, { name, install, hardware }: ReplicaHost): Include {
  const rules = install?.storage?.disks;
  if (!rules || !hardware || !choosesDisks(text)) return storageLinesOn(text, new Map());
  const disks = chooseDisks(name, rules, hardware.disks);
  const open = rules.find(({ role }) => !disks.has(role));
  if (open)
    throw new RackhandError(
      'disks-undecided',
      `host ${name}: its inventory does not say which disks are of role ${open.role}; the machine itself will`,
      'boot it once with an image whose agent tells WWN and transport of disks, or choose by size, model or serial',
    );
  return storageLinesOn(text, disks);
}
