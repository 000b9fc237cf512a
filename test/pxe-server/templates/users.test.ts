import { describe, expect, it } from 'vitest';
import { InstallSettings } from '../../../pxe-server/hosts/install/settings.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import { templatesOf } from '../../../pxe-server/templates/rendering.ts';
import { countUsers, sampleOf, usersOf, wholeWith } from '../../../pxe-server/templates/users.ts';

const host = (
  name: string,
  kickstart?: string,
  install?: Parameters<typeof InstallSettings.parse>[0],
): Host =>
  ({
    id: name,
    name,
    inventory: null,
    kickstart,
    install: install && InstallSettings.parse(install),
  }) as Host;
const TEXTS = {
  'a.ks.njk': '{% include "snippets/x.njk" %}',
  'b.ks.njk': '{% include "snippets/y.njk" %}',
  'broken.ks.njk': '{{ nothing }}',
  'snippets/x.njk': 'text\n',
  'snippets/y.njk': '{% include "snippets/x.njk" %}',
};

describe('whole templates with', () => {
  it.each([
    ['snippets/x.njk', ['a.ks.njk', 'b.ks.njk']],
    ['snippets/y.njk', ['b.ks.njk']],
    ['a.ks.njk', ['a.ks.njk']],
    ['broken.ks.njk', ['broken.ks.njk']],
    ['other.njk', []],
  ])('%s', (name, wholes) => expect(wholeWith(templatesOf(TEXTS), name)).toEqual(wholes));
});
it('hosts that are installed by a template name it with or without its ending', () => {
  const hosts = [host('h1', 'a'), host('h2', 'a.ks.njk'), host('h3', 'b'), host('h4'), host('h5', 'away')];
  expect(usersOf(hosts, Object.keys(TEXTS), ['a.ks.njk']).map(({ name }) => name)).toEqual(['h1', 'h2']);
  expect(countUsers(hosts, Object.keys(TEXTS))).toEqual(
    new Map([
      ['a.ks.njk', 2],
      ['b.ks.njk', 1],
    ]),
  );
});
it('a sample has one of each kind first', () => {
  const alike = Array.from({ length: 9 }, (_, i) => host(`alike${i}`, 'a', { ntp: [`192.0.2.${i}`] }));
  const odd = host('odd', 'a', { proxy: 'http://192.0.2.1:3128' });
  const hosts = [...alike, odd];
  expect(sampleOf(hosts, 3).map(({ name }) => name)).toEqual(['alike0', 'odd', 'alike1']);
  expect(sampleOf(hosts, 100)).toHaveLength(10);
  expect(sampleOf([], 3)).toEqual([]);
});
