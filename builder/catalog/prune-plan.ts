import type { ImageUses } from '../contract/uses.ts';
import { type Nameable, newestFirst } from './resolve.ts';
import { type Users, usersOf } from './users.ts';

/** Which images are old enough to go, and are used by nobody: pure. */

export interface PrunePolicy {
  /** Newest builds of each recipe that stay; one at least, since the recipe's name means it. */
  keep: number;
  /** Only what was built before this moment (milliseconds since 1970) goes; what nobody knows the age of, stays. */
  before?: number | undefined;
}

export interface Kept<I> {
  image: I;
  /** Every reason, for people: "newest of rocky9", "tag stable", "used by node1". */
  because: string[];
}

export interface PrunePlan<I> {
  /** Oldest first. */
  remove: I[];
  keep: Kept<I>[];
}

export function planPrune<I extends Nameable>(
  images: readonly I[],
  uses: readonly ImageUses[],
  policy: PrunePolicy,
): PrunePlan<I> {
  const users = usersOf(images, uses);
  const places = new Map<string, number>();
  const plan: PrunePlan<I> = { remove: [], keep: [] };
  for (const image of [...images].sort(newestFirst)) {
    const place = (places.get(image.name) ?? 0) + 1;
    places.set(image.name, place);
    const because = [
      ...ageReasons(image, place, policy),
      ...(image.tags ?? []).map((tag) => `tag ${tag}`),
      ...useReasons(users.get(image.id)),
    ];
    if (because.length > 0) plan.keep.push({ image, because });
    else plan.remove.unshift(image);
  }
  return plan;
}

/** @param place 1 for the newest build of its recipe */
function ageReasons({ name, builtAt }: Nameable, place: number, { keep, before }: PrunePolicy): string[] {
  if (place === 1) return [`newest of ${name}`];
  if (place <= keep) return [`among the ${keep} newest of ${name}`];
  if (before === undefined) return [];
  if (builtAt === undefined) return ['nobody knows how old it is'];
  return Date.parse(builtAt) < before ? [] : ['not old enough'];
}

function useReasons(users: Users | undefined): string[] {
  const { hosts = [], servers = [] } = users ?? {};
  return [
    ...servers.map((server) => `default of server ${server}`),
    ...(hosts.length > 0 ? [`used by ${hostsText(hosts)}`] : []),
  ];
}

/** "node1, node2, node3 and 5 more" */
export function hostsText(hosts: readonly string[], most = 3): string {
  const more = hosts.length > most ? ` and ${hosts.length - most} more` : '';
  return `${hosts.slice(0, most).join(', ')}${more}`;
}
