import { describe, expect, it } from 'vitest';
import { resolveImage, resolveInstaller, resolveKickstart } from '../../../pxe-server/boot/resolve.ts';
import { image, replica } from '../replica-fixture.ts';

describe('an image', () => {
  const images = [image({ id: 'aaaa000000000000' }), image({ id: 'aaaa111111111111', name: 'rocky9' })];
  it.each([
    ['rocky9', 'lab', 'aaaa111111111111'],
    [undefined, 'lab', 'aaaa000000000000'],
    [undefined, null, undefined],
    ['aaaa', 'lab', undefined],
    ['none', 'lab', undefined],
  ])('%s, by default %s → %s', (wanted, defaultImage, id) => {
    expect(resolveImage(replica({ images, defaultImage }), wanted)?.id).toBe(id);
  });
});

it.each([
  ['install', 'install.ks.njk'],
  ['install.ks.njk', 'install.ks.njk'],
  ['install.ks', undefined],
  ['storage', undefined],
  ['odd', 'odd'],
  ['constructor', undefined],
])('the kickstart %s → %s', (wanted, template) => {
  const templates = ['install.ks.njk', 'snippets/storage.ks.njk', 'odd', 'odd.ks.njk'];
  expect(resolveKickstart(templates, wanted)).toBe(template);
});

describe('an installer', () => {
  const [el9, el10] = [{ name: 'el9' }, { name: 'el10' }];
  it.each([
    [[el9], undefined, { installer: el9 }],
    [[el9, el10], 'el10', { installer: el10 }],
    [[el9, el10], undefined, { why: 'several installers, and the host names none' }],
    [[el9], 'el8', { why: 'no installer el8 configured' }],
    [[], 'el8', { why: 'no installer el8 configured' }],
    [[], undefined, { why: 'no installer configured' }],
  ])('%j, named %s', (installers, wanted, found) => {
    expect(resolveInstaller(installers, wanted)).toEqual(found);
  });
});
