import { canonicalJson } from '../../builder/shared/ids.ts';
import { resolveKickstart } from '../boot/resolve.ts';
import type { Host } from '../hosts/model.ts';
import type { Templates } from '../render/template.ts';

/** Whole templates that a template is part of, itself among them; those that do not load count for nothing. Pure. */
export function wholeWith(templates: Templates, name: string): string[] {
  return templates.names().filter((whole) => !whole.includes('/') && reaches(templates, whole, name));
}

/** Hosts that are installed by one of these whole templates. Pure. */
export function usersOf(hosts: readonly Host[], known: readonly string[], wholes: readonly string[]): Host[] {
  return hosts.filter(({ kickstart }) => {
    const template = kickstart === undefined ? undefined : resolveKickstart(known, kickstart);
    return template !== undefined && wholes.includes(template);
  });
}

/** Hosts that are installed by each whole template. Pure. */
export function countUsers(hosts: readonly Host[], known: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kickstart } of hosts) {
    const template = kickstart === undefined ? undefined : resolveKickstart(known, kickstart);
    if (template !== undefined) counts.set(template, (counts.get(template) ?? 0) + 1);
  }
  return counts;
}

/**
 * At most so many of the hosts: first one of each kind, by what their declarations and inventories say, then as they
 * come. Pure.
 */
export function sampleOf(hosts: readonly Host[], most: number): Host[] {
  const kinds = new Map<string, Host>();
  for (const host of hosts) {
    const kind = kindOf(host);
    if (!kinds.has(kind)) kinds.set(kind, host);
  }
  return [...new Set([...kinds.values(), ...hosts])].slice(0, most);
}

function kindOf({ kickstart, installer, image, install, inventory }: Host): string {
  return canonicalJson([kickstart, installer, image, shapeOf(install), inventory?.firmware]);
}

/** What is said, without its texts and numbers. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

function reaches(templates: Templates, whole: string, name: string): boolean {
  try {
    return templates.reached(whole).has(name);
  } catch {
    return whole === name;
  }
}
