import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KINDS } from '../../../pxe-server/diagnose/diagnose.ts';

it('docs/service.md lists every diagnosis, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/service.md'), 'utf8');
  const table = text.slice(text.indexOf("## Why didn't it boot?"), text.indexOf('## Installing'));
  const listed = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1]);
  expect(listed.sort()).toEqual(Object.keys(KINDS).sort());
});
