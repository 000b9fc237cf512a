import { realpathSync, statSync } from 'node:fs';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * Node keeps what it has compiled (nodejs.org/api/module.html, module compile cache), and believes what it finds there:
 * who can write into that folder runs code in each process that reads it, and roles read it as root. So it counts only
 * where it and all folders above it can be written by root and by whoever this process is, as the program itself.
 * @returns environment of a role; empty where there is no such folder
 */
export function compileCacheEnvironment(
  folder = process.env.NODE_COMPILE_CACHE,
  used = getCompileCacheDir(),
): Record<string, string> {
  // What is used lies within the folder: a name for this version of Node and this user.
  if (!folder || !used || ![folder, used].every(isOurs)) return {};
  return { NODE_COMPILE_CACHE: folder };
}

/** Writes what was compiled so far, while this process may still write there. */
export function keepCompiled(): void {
  flushCompileCache();
}

function isOurs(folder: string): boolean {
  try {
    return withAllAbove(realpathSync(folder)).every(onlyOursToChange);
  } catch {
    return false;
  }
}

function withAllAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...withAllAbove(above)];
}

/** In a folder with the sticky bit nobody replaces what is another's (chmod(2)). */
function onlyOursToChange(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  const others = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  return (uid === 0 || uid === process.getuid?.()) && !others;
}
