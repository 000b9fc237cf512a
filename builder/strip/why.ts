import { RackhandError } from '../shared/errors.ts';
import type { Contents } from './contents.ts';
import { usrPath } from './entry.ts';
import { isModule, moduleName } from './modules.ts';
import { HYPERVISOR } from './needs.ts';

export interface Explanation {
  path: string;
  keep: boolean;
  bytes: number;
  packages: string[];
  /** One sentence: the rule or the need that decided. */
  because: string;
  /** What needs it and stays; for something gone, what needed it. */
  neededBy: string[];
  needs: string[];
}

const NEEDERS_SHOWN = 20;

/**
 * Why a path is in an image or not: given from the root, or the name of a kernel module.
 * @throws RackhandError path-unknown, with paths that end alike
 */
export function explainPath(contents: Contents, asked: string): Explanation[] {
  const found = findPaths(contents, asked);
  if (found.length === 0) throw unknown(contents, asked);
  return found.map((entry) => {
    const users = usersOf(contents, entry.path);
    return {
      ...{ path: entry.path, keep: entry.keep, bytes: entry.size },
      packages: entry.owners.map((index) => contents.packages[index]!),
      because: decisionReason(contents, entry),
      neededBy: shorten(
        [...users.filter(({ keep }) => keep), ...users.filter(({ keep }) => !keep)].map(tellUser),
      ),
      needs: shorten((entry.needs ?? []).map(([kind, name]) => `${kind} ${name}`)),
    };
  });
}

type PathRecord = Contents['paths'][number];

interface User {
  path: string;
  keep: boolean;
  /** Name of the need: of a hypervisor, the feature. */
  need: string;
}

function usersOf({ paths }: Contents, path: string): User[] {
  return paths.flatMap((user) => {
    const need = user.needs?.find(([, , providers]) => providers.includes(path));
    return need ? [{ path: user.path, keep: user.keep, need: need[1] }] : [];
  });
}

function tellUser({ path, keep, need }: User): string {
  if (path === HYPERVISOR) return `a hypervisor, for ${need}`;
  return `/${path}${keep ? '' : ' (gone too)'}`;
}

function findPaths({ paths }: Contents, asked: string): PathRecord[] {
  const path = usrPath(asked.replace(/^\/+/, '').replace(/\/+$/, ''));
  const exact = paths.filter((entry) => entry.path === path);
  if (exact.length > 0 || asked.includes('/')) return exact;
  const name = asked.replaceAll('-', '_');
  return paths.filter((entry) => isModule(entry.path) && moduleName(entry.path) === name);
}

/** The rule or the need that decided over a path, as one clause. */
export function decisionReason({ rules }: Contents, entry: PathRecord): string {
  const rule = entry.rule === undefined ? undefined : rules[entry.rule]!;
  const told = rule ? `${rule.at} (${rule.verb}: ${rule.because})` : '';
  switch (entry.why) {
    case 'unnamed':
      return 'no rule names it, so it stays';
    case 'needed':
      return `/${entry.by} needs it, so rule ${told} spares it`.replace(`/${HYPERVISOR}`, 'a hypervisor');
    case 'target':
      return `it points to /${entry.by}, which rule ${told} removes`;
    case 'rule':
      return `rule ${told} ${entry.keep ? 'keeps' : 'removes'} it`;
  }
}

function shorten(names: string[]): string[] {
  const more = names.length - NEEDERS_SHOWN;
  return more > 0 ? [...names.slice(0, NEEDERS_SHOWN), `… and ${more} more`] : names;
}

function unknown({ paths }: Contents, asked: string): RackhandError {
  const last = asked.slice(asked.lastIndexOf('/') + 1);
  const alike = paths.filter((entry) => entry.path.includes(last)).slice(0, 5);
  const hint = alike.map((entry) => `/${entry.path}`).join(', ');
  return new RackhandError(
    'path-unknown',
    `${asked} was never in the root of this image`,
    hint === '' ? 'give a path from the root, or the name of a kernel module' : `did you mean ${hint}?`,
  );
}
