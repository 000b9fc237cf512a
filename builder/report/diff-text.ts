import type { Changes, ImageDiff } from './diff.ts';
import { change, columns, section, size } from './text.ts';

const SHOWN = 25;

export function renderDiff(diff: ImageDiff): string {
  const { kernel, files } = diff;
  const moved = kernel.before === kernel.after ? kernel.after : `${kernel.before} → ${kernel.after}`;
  const bytes = files.folders.reduce((sum, row) => sum + row.bytes, 0);
  const lines = [
    ...section(
      'artifacts',
      columns(
        diff.artifacts
          .filter(({ before, after }) => before !== after)
          .map(({ name, before, after }) => [
            ...[name, size(before), '→', size(after), change(after - before)],
          ]),
        [1, 3, 4],
      ),
    ),
    ...changes('packages', diff.packages),
    ...changes('kernel modules', diff.modules),
    ...changes('firmware', diff.firmware),
    ...changes('enabled units', diff.units),
    ...changes('kernel arguments', diff.kernelArguments),
    ...section(
      `files: ${files.added.length} added, ${files.removed.length} removed, ${files.resized.length} of another size, ${change(bytes)} uncompressed`,
      shorten(
        columns(
          files.folders.map((row) => [
            ...[change(row.bytes), `+${row.added}`, `−${row.removed}`, `~${row.resized}`, `/${row.folder}`],
          ]),
          [0, 1, 2, 3],
        ),
      ),
    ),
  ];
  const title = `${diff.before} → ${diff.after} (kernel ${moved})`;
  return [title, ...(lines.length === 0 ? ['', 'no difference'] : lines)].join('\n');
}

function changes(title: string, { added, removed, changed }: Changes): string[] {
  const counts = [
    ...(added.length > 0 ? [`${added.length} added`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
  ];
  return section(`${title}: ${counts.join(', ')}`, [
    ...shorten(added.map((name) => `+ ${name}`)),
    ...shorten(removed.map((name) => `− ${name}`)),
    ...shorten(changed.map(({ name, before, after }) => `~ ${name}  ${before} → ${after}`)),
  ]);
}

function shorten(lines: string[]): string[] {
  const more = lines.length - SHOWN;
  return more > 1 ? [...lines.slice(0, SHOWN), `… and ${more} more; --json names them`] : lines;
}
