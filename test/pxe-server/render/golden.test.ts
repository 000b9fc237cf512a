import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { KICKSTART_SHAPE, renderHere, renderKickstart } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { HOSTS } from './hosts.ts';

/** RACKHAND_GOLDEN=write makes them anew; what changed is then to be read in the diff. */
const WRITE = process.env.RACKHAND_GOLDEN === 'write';
const FOLDER = join(import.meta.dirname, 'golden');
const TEMPLATES = ['discovery', 'install', 'kvm', 'rescue', 'wipe'];

let templates: Templates;
beforeAll(async () => {
  const texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
  templates = new Templates(texts, KICKSTART_SHAPE);
});

describe('shipped templates', () => {
  it('are those that are tried here, and all of them pass the check', () => {
    const names = templates.names().filter((name) => !name.includes('/'));
    expect(names).toEqual(TEMPLATES.map((name) => `${name}.ks.njk`));
    expect(() => templates.check()).not.toThrow();
  });
  it('for at least 60 hosts', () => expect(HOSTS.length).toBeGreaterThanOrEqual(60));
  it.each(TEMPLATES)(
    '%s gives for each host of the table, literally, what golden/ holds',
    async (template) => {
      const folder = join(FOLDER, template);
      if (WRITE) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder, { recursive: true });
      }
      for (const { name, told } of HOSTS) {
        const text = await renderKickstart(renderHere(templates), `${template}.ks.njk`, told);
        const path = join(folder, `${name}.ks`);
        if (WRITE) writeFileSync(path, text);
        expect(existsSync(path), `${path}: RACKHAND_GOLDEN=write makes it`).toBe(true);
        expect(text, path).toBe(readFileSync(path, 'utf8'));
      }
      expect(readdirSync(folder).sort()).toEqual(HOSTS.map(({ name }) => `${name}.ks`).sort());
    },
  );
});
