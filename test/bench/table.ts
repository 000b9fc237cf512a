/** What every bench ends with: a table for people, and one JSON line for machines. */
export interface BenchResult {
  bench: string;
  /** Measured, as ratios to the reference. */
  ratios: Record<string, number>;
  /** "≤ 1.15" or "≥ 2.0" by the name of a ratio. */
  targets: Record<string, string>;
}

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

export function printTable(columns: readonly Column[], rows: readonly string[][]): void {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (columns[i]!.align === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  process.stdout.write(`${line(columns.map(({ title }) => title))}\n`);
  process.stdout.write(`${widths.map((width) => '-'.repeat(width)).join('  ')}\n`);
  for (const row of rows) process.stdout.write(`${line(row)}\n`);
}

/** Prints each target with what was reached, then the JSON line; a missed target is exit code 1. */
export function finish({ bench, ratios, targets }: BenchResult): void {
  const missed: string[] = [];
  process.stdout.write('\n');
  for (const [name, target] of Object.entries(targets)) {
    const value = ratios[name];
    const met = value !== undefined && isMet(value, target);
    if (!met) missed.push(name);
    const shown = value === undefined ? 'not measured' : value.toFixed(3);
    process.stdout.write(`${met ? 'met   ' : 'MISSED'}  ${name}: ${shown} (target ${target})\n`);
  }
  process.stdout.write(`${JSON.stringify({ bench, ratios, targets, pass: missed.length === 0 })}\n`);
  if (missed.length > 0) process.exitCode = 1;
}

function isMet(value: number, target: string): boolean {
  const [sign, limit] = target.split(' ');
  return sign === '≤' ? value <= Number(limit) : value >= Number(limit);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
