import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../shared/random.ts';
import { textOf } from './pattern.ts';
import { routesOf } from './request.ts';
import { fuzzHttp } from './run.ts';
import { surfaces } from './surfaces.ts';
import { type Schema, spoiled, valid } from './values.ts';

/** `npm run fuzz` takes a hundred times as many of each. */
const REQUESTS = 1500;
const SEED = Number(process.env.RACKHAND_SEED ?? 9110);

describe.each(Object.entries(surfaces))('%s', (_name, open) => {
  it(`${REQUESTS} requests of seed ${SEED}: each is answered as documented, within a second`, async () => {
    const surface = await open();
    try {
      const { reached, slowest } = await fuzzHttp(surface, SEED, REQUESTS);
      expect(slowest).toBeLessThan(1000);
      // The generator reaches both sides of every route that can refuse what it is asked.
      const missed = routesOf(surface.description).flatMap(({ method, template, parameters, body }) => {
        const kinds = parameters.length > 0 || body ? ['2xx', '4xx'] : ['2xx'];
        return kinds.map((kind) => `${method} ${template} ${kind}`).filter((key) => !reached.has(key));
      });
      expect(missed).toEqual([]);
    } finally {
      await surface.close();
    }
  });
});

// The API's own document is made from its routes.
it.each(['agent', 'boot'])('%s: every route that its source names is asked', async (name) => {
  const source = readFileSync(join(import.meta.dirname, `../../../pxe-server/http/${name}-http.ts`), 'utf8');
  const routes = [...source.matchAll(/^ .*'(\/[a-z0-9]+\/[^' ]+)'/gm)].map(([, path]) =>
    path!.replace(/:\w+/g, '{}'),
  );
  const surface = await surfaces[name]!();
  await surface.close();
  const asked = Object.keys(surface.description.paths).map((path) => path.replace(/\{\w+\}/g, '{}'));
  expect(asked.sort()).toEqual([...new Set(routes)].sort());
});

describe('the generator', () => {
  const random = seeded(1);
  it.each([
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/,
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    /^[A-Za-z0-9_.,:/@=+~%[\]-]+$/,
    /^(?:a|b\d+|\x41)$/,
  ])('makes texts that %s takes', (pattern) => {
    const texts = Array.from({ length: 50 }, () => textOf(pattern.source, random));
    for (const text of texts) expect(text).toMatch(pattern);
    expect(new Set(texts).size).toBeGreaterThan(2);
  });
  it('makes what a schema takes, and spoils it', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        name: { type: 'string', pattern: '^[a-z]+$' },
        unit: { type: 'integer', minimum: 1, maximum: 3 },
      },
      required: ['name', 'unit'],
      additionalProperties: false,
    };
    const takes = (value: unknown) => {
      const { name, unit, ...rest } = { ...(value as Record<string, unknown>) };
      return (
        /^[a-z]+$/.test(String(name)) && [1, 2, 3].includes(unit as number) && Object.keys(rest).length === 0
      );
    };
    for (let i = 0; i < 100; i++) expect(takes(valid(schema, random))).toBe(true);
    const spoilt = Array.from({ length: 100 }, () => takes(spoiled(schema, random))).filter(
      (taken) => !taken,
    );
    expect(spoilt.length).toBeGreaterThan(70);
  });
});
