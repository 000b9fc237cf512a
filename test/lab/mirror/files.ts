import { globToRegExp } from '../../../builder/strip/rules.ts';
import type { PlannedPackage } from './plan.ts';
import type { Own } from './tables.ts';

/** Lines of a spec file's %files section. Pure. */

export interface OwnedPath {
  path: string;
  kind: 'file' | 'directory' | 'link';
  config?: boolean;
  /** Other than root. */
  user?: string;
  group?: string;
}

const DOCUMENT = /^usr\/share\/(doc|man|info|gtk-doc)\//;
const LICENCE = /^usr\/share\/licenses\//;
const LANGUAGE = /^usr\/share\/(?:locale|man)\/([a-z]{2,3}(?:_[A-Z]{2})?(?:[.@][A-Za-z0-9@.-]+)?)(?:\/|$)/;

/** One line for each path that a package owns, ghosts at the end. */
export function fileLines(paths: readonly OwnedPath[], part: PlannedPackage['part']): string[] {
  const owns = Object.entries(part.own).map(([glob, own]) => ({ pattern: globToRegExp(glob), own }));
  const lines = paths.map((entry) => {
    const own = { user: entry.user, group: entry.group, ...ownOf(entry.path) };
    return [...flags(entry), ...attribute(own), `/${rpmGlob(entry.path)}`].join(' ');
  });
  const ghosts = part.ghost.map((path) => {
    // A folder is written with a slash at its end.
    const name = path.replace(/\/$/, '');
    const kind = path.endsWith('/') ? ['%dir'] : [];
    return ['%ghost', ...kind, ...attribute(ownOf(name)), `/${rpmGlob(name)}`].join(' ');
  });
  return [...lines, ...ghosts];

  function ownOf(path: string): Partial<Own> {
    return owns.find(({ pattern }) => pattern.test(path))?.own ?? {};
  }
}

function flags(entry: OwnedPath): string[] {
  const { path, kind, config } = entry;
  const language = LANGUAGE.exec(path)?.[1];
  return [
    ...(kind === 'directory' ? ['%dir'] : []),
    ...(config && kind === 'file' ? ['%config(noreplace)'] : []),
    ...(kind !== 'directory' && DOCUMENT.test(path) ? ['%doc'] : []),
    ...(kind !== 'directory' && LICENCE.test(path) ? ['%license'] : []),
    ...(language ? [`%lang(${language})`] : []),
  ];
}

function attribute(own: {
  mode?: string | undefined;
  user?: string | undefined;
  group?: string | undefined;
}): string[] {
  if (own.mode === undefined && own.user === undefined && own.group === undefined) return [];
  return [`%attr(${own.mode ?? '-'}, ${own.user ?? 'root'}, ${own.group ?? 'root'})`];
}

/** rpm reads names as patterns: what would be a wildcard or a blank matches itself by `?`. */
export function rpmGlob(path: string): string {
  return path.replace(/[[\]{}*?\\\s"']/g, '?').replaceAll('%', '%%');
}
