import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { examplesText } from './examples.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const PAGE = join(PROJECT, 'docs/kickstart-examples.md');

it('docs/kickstart-examples.md is what comes out now', async () => {
  const text = await examplesText(await readTemplates(join(PROJECT, 'kickstarts')));
  if (process.env.RACKHAND_GOLDEN === 'write') writeFileSync(PAGE, text);
  expect(readFileSync(PAGE, 'utf8'), 'RACKHAND_GOLDEN=write makes it anew').toBe(text);
});
it('every shipped template is on it', async () => {
  const names = [...(await readTemplates(join(PROJECT, 'kickstarts'))).keys()].filter(
    (name) => !name.includes('/'),
  );
  const page = readFileSync(PAGE, 'utf8');
  for (const name of names) expect(page).toContain(`\n## ${name.replace('.ks.njk', '')}\n`);
});
