import { RackhandError } from '../shared/errors.ts';
import { type Entry, type Removal, resolveLink } from './plan.ts';

export interface FileNeeds {
  path: string;
  /** Sonames (DT_NEEDED). */
  libraries: string[];
  /** Absolute paths: ELF interpreter, script interpreter, what a unit starts. */
  programs: string[];
}

/** Programs that a unit file starts, without systemd's prefixes. */
export function execPaths(unit: string): string[] {
  return [...unit.matchAll(/^Exec(?:Start|StartPre|StartPost|Reload|Stop|StopPost)=[-@:+!|]*(\/\S+)/gm)].map(
    (match) => match[1]!,
  );
}

/**
 * What would be broken by the removals, one sentence each: a library, an interpreter or a program of a
 * unit that was there and goes while its user stays; a link that enables a unit that goes.
 */
export function findBroken(
  entries: readonly Entry[],
  removals: readonly Removal[],
  needs: readonly FileNeeds[],
): string[] {
  const gone = new Map(removals.map((removal) => [removal.path, removal]));
  const links = new Map(
    entries.flatMap((e) => (e.target === undefined ? [] : [[e.path, e.target] as const])),
  );
  const providers = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.kind === 'directory') continue;
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    if (!/\.so(\.|$)/.test(name)) continue;
    providers.set(name, [...(providers.get(name) ?? []), entry.path]);
  }
  const broken: string[] = [];
  for (const need of needs) {
    if (gone.has(need.path)) continue;
    for (const soname of need.libraries) {
      const had = providers.get(soname) ?? [];
      if (had.length > 0 && had.every((path) => gone.has(path))) {
        broken.push(`/${need.path} needs ${soname}, which rule "${gone.get(had[0]!)!.rule}" removes`);
      }
    }
    for (const program of need.programs) {
      const removal = lost(program);
      if (removal) broken.push(`/${need.path} needs ${program}, which rule "${removal.rule}" removes`);
    }
  }
  for (const [path, target] of links) {
    if (gone.has(path) || !/\.(wants|requires)\//.test(path)) continue;
    const removal = gone.get(resolveLink(path, target));
    if (removal) broken.push(`/${path} enables ${target}, which rule "${removal.rule}" removes`);
  }
  return broken.sort();

  /** Follows links: /usr/bin/sh may be a link to bash. */
  function lost(program: string): Removal | undefined {
    let path = resolveLink('', program);
    for (let hops = 0; hops < 8; hops++) {
      const removal = gone.get(path);
      if (removal) return removal;
      const target = links.get(path);
      if (target === undefined) return undefined;
      path = resolveLink(path, target);
    }
    return undefined;
  }
}

/** @throws RackhandError strip-breaks */
export function assertWhole(broken: readonly string[]): void {
  if (broken.length === 0) return;
  const more = broken.length > 25 ? `\n… and ${broken.length - 25} more` : '';
  throw new RackhandError(
    'strip-breaks',
    `the strip rules would break what stays:\n${broken.slice(0, 25).join('\n')}${more}`,
    'keep what is needed by a rule above the one that removes it, or remove its user too',
  );
}
