import parse from 'spdx-expression-parse';

/** Licence tags of packages as SPDX expressions (SPDX 2.3, annex D): pure. */

export interface Licensing {
  /** Absent: the package has no tag. */
  expression?: string;
  /** What the expression calls LicenseRef-…: id → what the tag says. */
  references: Record<string, string>;
}

/**
 * Names of Fedora's older list that mean one SPDX licence. BSD, LGPLv2+, Public Domain and others stand for several:
 * which one, only the text tells, and so they stay what they are, under a name of their own.
 */
const OLD_NAMES: Record<string, string> = {
  AGPLv3: 'AGPL-3.0-only',
  'AGPLv3+': 'AGPL-3.0-or-later',
  'ASL 1.1': 'Apache-1.1',
  'ASL 2.0': 'Apache-2.0',
  'Artistic 2.0': 'Artistic-2.0',
  Boost: 'BSL-1.0',
  CC0: 'CC0-1.0',
  CDDL: 'CDDL-1.0',
  CPL: 'CPL-1.0',
  EPL: 'EPL-1.0',
  'GPL+': 'GPL-1.0-or-later',
  GPLv1: 'GPL-1.0-only',
  GPLv2: 'GPL-2.0-only',
  'GPLv2+': 'GPL-2.0-or-later',
  GPLv3: 'GPL-3.0-only',
  'GPLv3+': 'GPL-3.0-or-later',
  LGPLv3: 'LGPL-3.0-only',
  'LGPLv3+': 'LGPL-3.0-or-later',
  'MPLv1.0': 'MPL-1.0',
  'MPLv1.1': 'MPL-1.1',
  'MPLv2.0': 'MPL-2.0',
  OFL: 'OFL-1.1',
  'ZPLv2.1': 'ZPL-2.1',
  zlib: 'Zlib',
};

/** What a package's licence tag says, as an expression that every reader of SPDX understands. */
export function licensing(tag: string | undefined): Licensing {
  if (tag === undefined || tag.trim() === '') return { references: {} };
  const references: Record<string, string> = {};
  const parts = tag.split(/(\(|\)|\s+(?:and|or)\s+)/i).map((part) => part.trim());
  const words = parts.filter((part) => part !== '').map((part) => wordOf(part, references));
  const expression = words.join(' ').replaceAll('( ', '(').replaceAll(' )', ')');
  if (isValid(expression)) return { expression, references };
  // No expression at all: "see the file COPYING (and others".
  const whole = reference(tag);
  return { expression: whole, references: { [whole]: tag } };
}

function wordOf(part: string, references: Record<string, string>): string {
  if (/^[()]$/.test(part)) return part;
  if (/^(and|or)$/i.test(part)) return part.toUpperCase();
  const known = OLD_NAMES[part] ?? part.replace(/ with /, ' WITH ');
  // A reference is a valid name too, but a document has to say what it refers to.
  if (isValid(known) && !/LicenseRef-/.test(known)) return known;
  const id = /^LicenseRef-[A-Za-z0-9.-]+$/.test(part) ? part : reference(part);
  references[id] = part;
  return id;
}

/** Letters, digits, dots and dashes are all that an id may have. */
function reference(text: string): string {
  const words = text.replaceAll('+', '-or-later').replace(/[^A-Za-z0-9.]+/g, '-');
  return `LicenseRef-${words.replace(/^-+|-+$/g, '') || 'unnamed'}`;
}

function isValid(expression: string): boolean {
  try {
    parse(expression);
    return true;
  } catch {
    return false;
  }
}
