/** Debian's package fields, read and turned into RPM's terms. Pure. */

export interface DebFacts {
  name: string;
  version: string;
  architecture: string;
  /** One entry for each clause of Depends and Pre-Depends: the alternatives, without versions. */
  depends: string[][];
  provides: string[];
  summary: string;
  description: string;
  homepage: string;
  /** Paths without a leading slash. */
  conffiles: string[];
  /** Path of the .deb and its digest. */
  file: string;
  sha256: string;
}

export type ControlFacts = Omit<DebFacts, 'file' | 'sha256'>;

export function readControl(control: string, conffiles: string): ControlFacts {
  const fields = parseFields(control);
  const text = (fields.get('Description') ?? '').split('\n');
  return {
    name: fields.get('Package') ?? '',
    version: fields.get('Version') ?? '',
    architecture: fields.get('Architecture') ?? '',
    depends: [...parseClauses(fields.get('Pre-Depends') ?? ''), ...parseClauses(fields.get('Depends') ?? '')],
    provides: parseClauses(fields.get('Provides') ?? '').flat(),
    summary: (text[0] ?? '').trim(),
    description: text
      .slice(1)
      .map((line) => (line.trim() === '.' ? '' : line.trim()))
      .join('\n'),
    homepage: fields.get('Homepage') ?? '',
    conffiles: conffiles
      .split('\n')
      .filter((line) => line.startsWith('/'))
      .map((line) => line.slice(1).trim()),
  };
}

function parseFields(control: string): Map<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of control.split('\n')) {
    const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
    if (field) {
      last = field[1]!;
      fields.set(last, field[2]!);
    } else if (/^\s/.test(line) && last !== '') {
      fields.set(last, `${fields.get(last)}\n${line}`);
    }
  }
  return fields;
}

/** "libc6 (>= 2.36), a:any | b" → [["libc6"], ["a", "b"]] */
export function parseClauses(text: string): string[][] {
  return text
    .split(',')
    .map((clause) =>
      clause
        .split('|')
        .map((name) => /^\s*([a-z0-9][a-z0-9.+-]*)/.exec(name)?.[1] ?? '')
        .filter((name) => name !== ''),
    )
    .filter((clause) => clause.length > 0);
}

export interface Evr {
  epoch: number;
  version: string;
  release: string;
}

/** "1:7.2+dfsg-7+deb12u18" → epoch 1, version 7.2+dfsg, release 7+deb12u18.el9 */
export function toEvr(debian: string): Evr {
  const [, epoch, rest] = /^(?:(\d+):)?(.*)$/.exec(debian)!;
  const dash = rest!.lastIndexOf('-');
  const clean = (text: string) => text.replace(/[^A-Za-z0-9._+~^]/g, '.');
  return {
    epoch: Number(epoch ?? 0),
    version: clean(dash < 0 ? rest! : rest!.slice(0, dash)),
    release: `${clean(dash < 0 ? '1' : rest!.slice(dash + 1))}.el9`,
  };
}
