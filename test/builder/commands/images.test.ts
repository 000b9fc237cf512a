import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addImagesCommands } from '../../../builder/commands/images.ts';
import { publishSmall } from '../catalog/small-image.ts';

const ID = '0123456789abcdef';
let catalog: string;
beforeEach(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-images-'));
  await mkdir(join(catalog, ID));
  await writeFile(join(catalog, ID, 'manifest.json'), '{"schema":1}');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(catalog, { recursive: true });
});

/** What `rackhand images …` prints. */
async function images(...argv: string[]): Promise<string> {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = new Command().exitOverride();
  addImagesCommands(program);
  await program.parseAsync(['images', ...argv, '--catalog', catalog], { from: 'user' });
  const text = written.mock.calls.map(([piece]) => piece).join('');
  written.mockClear();
  return text;
}

it('an image whose manifest is broken is told by verify, and removed as that says', async () => {
  await expect(images('verify', ID)).rejects.toMatchObject({
    ...{ code: 'manifest-invalid', mend: expect.stringContaining(`rackhand images remove ${ID}`) },
  });
  expect(await images('remove', ID)).toBe(`${ID}: removed\n`);
  expect(await readdir(catalog)).toEqual([]);
});

describe('a tag', () => {
  it('is given, moved, shown and taken away', async () => {
    const [one, two] = [await publishSmall(catalog, '1'), await publishSmall(catalog, '2')];
    expect(await images('tag', one.id, 'stable')).toBe(`stable: ${one.id}\n`);
    expect(await images('tag', 'stable', 'stable')).toBe(`stable: ${one.id}, as before\n`);
    expect(await images('tag', two.id, 'stable')).toBe(`stable: ${two.id}, before: ${one.id}\n`);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true); // the image that cannot be read
    const listed = JSON.parse(await images('list', '--json')).images;
    expect(listed.map(({ id, tags }: { id: string; tags: string[] }) => [id, tags]).sort()).toEqual(
      [
        [one.id, []],
        [two.id, ['stable']],
      ].sort(),
    );
    expect(await images('tag', '--delete', 'stable')).toBe('stable: no tag any more\n');
  });
  it.each([
    [['tag', 'lab', 'lab'], 'tag-invalid'],
    [['tag', 'lab', 'rocky9'], 'tag-invalid'],
    [['tag', 'lab', 'abcd'], 'tag-invalid'],
    [['tag', 'none', 'stable'], 'image-unknown'],
    [['tag', 'stable'], 'usage'],
    [['tag', 'lab', 'stable', '--delete'], 'usage'],
    [['tag', '--delete', 'stable'], 'tag-unknown'],
    [['prune'], 'usage'],
  ])('as in %j is refused: %s', async (argv, code) => {
    await publishSmall(catalog, '1');
    await expect(images(...argv)).rejects.toMatchObject({ code });
  });
});

it('prune tells for each image what became of it, and why', async () => {
  const old = await publishSmall(catalog, 'old', '2025-01-01T00:00:00.000Z');
  const kept = await publishSmall(catalog, 'kept');
  const aside = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const rows = (what: string) => [
    `${old.id}  lab  2025-01-01 00:00  0.0 KiB  ${what}`,
    `${kept.id}  lab  2026-01-01 00:00  0.0 KiB  stays: newest of lab`,
  ];
  const dry = (await images('prune', '--older-than', '1w', '--dry-run')).split('\n');
  expect(dry).toEqual([...rows('would be removed'), '1 image, 0.0 KiB would be freed', '']);
  const done = (await images('prune', '--keep', '1')).split('\n');
  expect(done).toEqual([...rows('removed'), '1 image, 0.0 KiB freed', '']);
  const told = aside.mock.calls.map(([text]) => text).join('');
  expect(told).toContain(`left alone: ${join(catalog, ID, 'manifest.json')}`);
  expect(told).toContain('note: no server has told');
});
