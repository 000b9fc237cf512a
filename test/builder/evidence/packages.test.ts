import { expect, it } from 'vitest';
import { detailArguments, fileArguments, parseDetails } from '../../../builder/evidence/packages.ts';

const record = (...fields: string[]) => `${fields.join('\u001f')}\u001e`;
const NONE = '(none)';
const SIGNATURE = 'RSA/SHA256, Wed Nov 25 23:14:09 2026, Key ID CC02A2715A47CDCF';

it('rpm is asked for one record of each package and each file, with separators that no tag has', () => {
  const [program, root, all, option, format] = detailArguments('/r');
  expect([program, root, all, option]).toEqual(['rpm', '--root=/r', '-qa', '--qf']);
  expect(format).toMatch(/^%\{NAME\}\u001f%\{EPOCHNUM\}\u001f.*\u001f%\{SIGGPG:pgpsig\}\u001e$/);
  expect(fileArguments('/r').at(-1)).toBe('[%{=NAME}\u001f%{FILENAMES}\u001f%{FILEFLAGS:fflags}\u001e]');
});

it('packages are told by what is in their headers, sorted, and keys apart from them', () => {
  const output = [
    record(
      ...['zlib', '0', '1.2', '3.el9', 'x86_64', '200', 'zlib and Boost', 'Compression | of data\nand more'],
      ...['https://zlib.net/', 'Rocky', 'A <a@b>', 'zlib-1.2-3.el9.src.rpm', 'e'.repeat(64)],
      ...[SIGNATURE, NONE, NONE, NONE],
    ),
    record(
      ...['bash', '2', '5', '1', 'x86_64', '100', NONE, 'Shell', NONE, NONE, NONE, NONE, NONE],
      ...[NONE, NONE, NONE, 'DSA/SHA1, Thu 01 Jan 1970 12:00:00 AM UTC, Key ID 199e2f91fd431d51'],
    ),
    record(
      'gpg-pubkey',
      '0',
      '5a47cdcf',
      '1',
      NONE,
      '0',
      'pubkey',
      'key',
      NONE,
      NONE,
      'A team',
      ...Array(6).fill(NONE),
    ),
  ].join('');
  expect(parseDetails(output)).toEqual({
    packages: [
      {
        ...{
          name: 'bash',
          epoch: 2,
          version: '5',
          release: '1',
          arch: 'x86_64',
          size: 100,
          summary: 'Shell',
        },
        signature: { algorithm: 'DSA/SHA1', keyId: '199e2f91fd431d51' },
      },
      {
        ...{ name: 'zlib', epoch: 0, version: '1.2', release: '3.el9', arch: 'x86_64', size: 200 },
        ...{
          summary: 'Compression | of data\nand more',
          licence: 'zlib and Boost',
          url: 'https://zlib.net/',
        },
        ...{ vendor: 'Rocky', sourceRpm: 'zlib-1.2-3.el9.src.rpm', headerSha256: 'e'.repeat(64) },
        signature: { algorithm: 'RSA/SHA256', keyId: 'cc02a2715a47cdcf' },
      },
    ],
    keys: [{ id: '5a47cdcf', owner: 'A team' }],
  });
});
it('a root without packages has none', () => {
  expect(parseDetails('')).toEqual({ packages: [], keys: [] });
});
