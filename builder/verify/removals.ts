import type { Manifest } from '../contract/manifest.ts';
import type { Contents } from '../strip/contents.ts';
import type { Disagree } from './content.ts';

/** What the manifest says that each rule has removed, by what became of each path: pure. */
export function checkRemovals({ rules, paths }: Contents, { strip }: Manifest, disagree: Disagree): void {
  const gone = paths.filter(({ kind, keep }) => !keep && kind !== 'directory');
  if (gone.length !== strip.filesRemoved)
    disagree('files removed by the manifest and by the record', [`${strip.filesRemoved}`, `${gone.length}`]);
  // Of a file with several names the bytes go with the last: the record has them with each.
  const bytes = gone.reduce((sum, { kind, size }) => sum + (kind === 'file' ? size : 0), 0);
  if (strip.bytesRemoved > bytes)
    disagree('the manifest has more bytes removed than the record', [`${strip.bytesRemoved}`, `${bytes}`]);
  const recorded = tally(gone.map(({ rule }) => [nameOf(rule === undefined ? undefined : rules[rule]), 1]));
  const told = tally(strip.rules.map((row) => [nameOf({ ...row, at: row.rule }), row.files]));
  const names = new Set([...recorded.keys(), ...told.keys()]);
  disagree(
    'rules that removed another number of files by the manifest than by the record',
    [...names].filter((name) => recorded.get(name) !== told.get(name)),
  );
}

function nameOf(rule: { at: string; verb: string; because: string } | undefined): string {
  return rule ? `${rule.at} (${rule.verb}: ${rule.because})` : 'no rule';
}

function tally(rows: readonly (readonly [name: string, count: number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of rows) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}
