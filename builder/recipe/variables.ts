import { RackhandError } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import type { Placed } from './extend.ts';
import { FilledFile, FilledUrl, type Repository } from './schema.ts';

/** Only what a path or host may hold: the result lands in dnf's repo file, one line of it. */
const VALUE = /^[A-Za-z0-9._~/:@%+-]+$/;

const NAME = /\$\{([^}]*)\}/g;
const URLS = ['baseurl', 'metalink', 'mirrorlist', 'gpgkey'] as const;
const FILES = ['sslclientcert', 'sslclientkey', 'sslcacert'] as const;

/** Fields of a repository that say where something is, and are the only ones with variables. */
export const ADDRESSES = [...URLS, ...FILES] as const;

/**
 * A repository with `${name}` filled in.
 * @throws RackhandError recipe-variable
 */
export function substitute(
  { value: repository, at }: Placed<Repository>,
  variables: Record<string, string>,
): Repository {
  const fault = (name: string, what: string) =>
    new RackhandError(
      'recipe-variable',
      `${at}: variable "${name}" of repository ${repository.id} ${what}`,
      `give it on the command line: --set ${name}=VALUE`,
    );
  const fill = (text: string, isUrl: boolean) => {
    const names: string[] = [];
    const filled = text.replace(NAME, (_, name: string) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value === undefined) throw fault(name, 'has no value');
      if (!VALUE.test(value))
        throw fault(name, `has a value that a ${isUrl ? 'URL' : 'path'} cannot hold: ${value}`);
      names.push(name);
      return value;
    });
    if ((isUrl ? FilledUrl : FilledFile).safeParse(filled).success) return filled;
    const wanted = isUrl ? 'no http, https or file URL' : 'no full path';
    throw fault(names.join(', '), `gives ${wanted}: ${filled}`);
  };
  const done = { ...repository };
  for (const key of URLS) if (repository[key] !== undefined) done[key] = fill(repository[key], true);
  for (const key of FILES) if (repository[key] !== undefined) done[key] = fill(repository[key], false);
  return done;
}

/**
 * A value for a variable that the recipe does not have is a slip of the pen.
 * @throws RackhandError recipe-variable
 */
export function assertKnown(
  file: string,
  given: Record<string, string>,
  own: Record<string, string>,
  repositories: readonly Repository[],
): void {
  const texts = repositories.flatMap((repository) => ADDRESSES.map((key) => repository[key] ?? ''));
  const used = texts.flatMap((text) => [...text.matchAll(NAME)].map((match) => match[1]!));
  const known = [...new Set([...Object.keys(own), ...used])].sort();
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const near = nearest(stranger, known, 1)[0];
  const hint = near ? `did you mean "${near}"?` : `it has: ${known.join(', ') || 'none'}`;
  throw new RackhandError(
    'recipe-variable',
    `${file} has no variable "${stranger}"; ${hint}`,
    'correct the name after --set',
  );
}
