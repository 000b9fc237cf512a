import parse from 'spdx-expression-parse';
import { describe, expect, it } from 'vitest';
import { licensing } from '../../../builder/evidence/expression.ts';

/** Tags as packages of EL8, EL9 and EL10 have them → expression, and what its references stand for. */
const TAGS: [tag: string, expression: string, references?: Record<string, string>][] = [
  ['MIT', 'MIT'],
  [
    'GPL-2.0-or-later WITH GCC-exception-3.1 AND BSD-3-Clause',
    'GPL-2.0-or-later WITH GCC-exception-3.1 AND BSD-3-Clause',
  ],
  ['Apache-2.0 OR (MIT AND ISC)', 'Apache-2.0 OR (MIT AND ISC)'],
  ['ASL 2.0', 'Apache-2.0'],
  ['GPLv2+ and (MPLv2.0 or zlib)', 'GPL-2.0-or-later AND (MPL-2.0 OR Zlib)'],
  ['GPL-2.0-only with Linux-syscall-note', 'GPL-2.0-only WITH Linux-syscall-note'],
  ['Brian and MIT', 'LicenseRef-Brian AND MIT', { 'LicenseRef-Brian': 'Brian' }],
  ['LGPLv2+', 'LicenseRef-LGPLv2-or-later', { 'LicenseRef-LGPLv2-or-later': 'LGPLv2+' }],
  [
    'GPLv3+ with exceptions and Public Domain',
    'LicenseRef-GPLv3-or-later-with-exceptions AND LicenseRef-Public-Domain',
    {
      'LicenseRef-GPLv3-or-later-with-exceptions': 'GPLv3+ with exceptions',
      'LicenseRef-Public-Domain': 'Public Domain',
    },
  ],
  [
    'LicenseRef-Fedora-Public-Domain AND MIT',
    'LicenseRef-Fedora-Public-Domain AND MIT',
    { 'LicenseRef-Fedora-Public-Domain': 'LicenseRef-Fedora-Public-Domain' },
  ],
  ['BSD (see COPYING', 'LicenseRef-BSD-see-COPYING', { 'LicenseRef-BSD-see-COPYING': 'BSD (see COPYING' }],
  ['MIT and', 'LicenseRef-MIT-and', { 'LicenseRef-MIT-and': 'MIT and' }],
  ['???', 'LicenseRef-unnamed', { 'LicenseRef-unnamed': '???' }],
];

describe('a licence tag', () => {
  it.each(TAGS)('%s', (tag, expression, references = {}) => {
    expect(licensing(tag)).toEqual({ expression, references });
    expect(() => parse(expression)).not.toThrow();
  });
  it('that is not there gives no expression', () => {
    for (const tag of [undefined, '', '  ']) expect(licensing(tag)).toEqual({ references: {} });
  });
  it('of any letters gives an expression that a reader of SPDX takes', () => {
    const letters = [
      'MIT',
      'GPLv2+',
      ' and ',
      ' or ',
      '(',
      ')',
      ' with ',
      '+',
      'BSD',
      ' ',
      '"',
      '\u00e9',
      ':',
      'AND',
    ];
    // A fixed sequence: a failure can be looked at again.
    let seed = 7;
    const next = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return letters[seed % letters.length]!;
    };
    for (let round = 0; round < 2000; round++) {
      const tag = Array.from({ length: 1 + (round % 9) }, next).join('');
      const { expression, references } = licensing(tag);
      if (expression === undefined) continue;
      expect(() => parse(expression), tag).not.toThrow();
      expect([...new Set(expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [])].sort(), tag).toEqual(
        Object.keys(references).sort(),
      );
    }
  });
});
