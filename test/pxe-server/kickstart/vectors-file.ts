import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** Beside the repository, or beside a folder that it lies in: their licence is not ours, so they are not in it. */
const NAME = 'shared/vectors/kickstart.jsonl';
const ROOT = join(import.meta.dirname, '../../..');

/** Lines with the verdicts of the reference parser; undefined where they are not. RACKHAND_KICKSTART_VECTORS names them too. */
export function vectorsFile(): string | undefined {
  const named = process.env.RACKHAND_KICKSTART_VECTORS;
  if (named !== undefined) return existsSync(named) ? named : undefined;
  return [ROOT, ...origin()].flatMap(above).find(existsSync);
}

function above(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [join(parent, NAME), ...above(parent)];
}

/** A clone of a repository on this machine finds them beside that one. */
function origin(): string[] {
  try {
    const argv = ['config', '--get', 'remote.origin.url'];
    const url = execFileSync('git', argv, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
    return isAbsolute(url) ? [url] : [];
  } catch {
    return []; // no clone of anything
  }
}
