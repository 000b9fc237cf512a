import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addImagesCommands } from '../../../builder/commands/images.ts';
import { type ArtifactRole, manifestText } from '../../../builder/contract/manifest.ts';
import { EMPTY_AREA } from '../../../builder/media/area.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { manifest } from '../../shared/manifest.ts';

const ID = '0123456789abcdef';
const MEDIUM = Buffer.concat([Buffer.alloc(2048, 1), EMPTY_AREA, Buffer.alloc(2048, 2)]);

let catalog: string;
beforeEach(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-media-'));
  await mkdir(join(catalog, ID));
  const artifact = (role: ArtifactRole, file: string) => {
    return { role, file, size: MEDIUM.length, sha256: sha256(MEDIUM) };
  };
  const artifacts = [artifact('iso', 'image.iso'), artifact('netiso', 'net.iso')];
  for (const { file } of artifacts) await writeFile(join(catalog, ID, file), MEDIUM);
  await writeFile(join(catalog, ID, 'manifest.json'), manifestText(manifest({ artifacts })));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(catalog, { recursive: true });
});

/** `rackhand images media lab …` with that configuration: the copy. */
async function media(config: string, ...argv: string[]): Promise<Buffer> {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const [file, output] = [join(catalog, 'host.yaml'), join(catalog, 'host.iso')];
  await writeFile(file, config);
  const program = new Command().exitOverride();
  addImagesCommands(program);
  const command = ['images', 'media', 'lab', '--config', file, '--output', output, '--catalog', catalog];
  await program.parseAsync([...command, ...argv], { from: 'user' });
  return readFile(output);
}

it('fills the area of a copy; the image stays as it was built', async () => {
  const copy = await media('network: [{ interface: eno1, address: 192.0.2.10/24 }]\n');
  expect(copy).toHaveLength(MEDIUM.length);
  expect(copy.toString('latin1')).toContain("\nset rackhand_network='ip=192.0.2.10:::24::eno1:none'\n");
  expect((await readFile(join(catalog, ID, 'image.iso'))).equals(MEDIUM)).toBe(true);
});

it.each([
  ['a network ISO without a server', 'kernelArguments: [quiet]\n', ['--kind', 'netiso'], 'media-config'],
  ['a medium that the image has not', 'kernelArguments: [quiet]\n', ['--kind', 'usb'], 'artifact-missing'],
  ['a wrong line', 'kernelArguments:\n  - "a b"\n', [], 'media-config'],
  ['no YAML', '{', [], 'media-config'],
  ['a file that is not there', 'quiet', ['--config', '/nonexistent'], 'media-config'],
  [
    'a folder that is not there',
    'kernelArguments: [quiet]\n',
    ['--output', '/nonexistent/x'],
    'media-output',
  ],
])('%s is refused', async (_name, config, argv, code) => {
  await expect(media(config, ...argv)).rejects.toMatchObject({ code });
});

it('a device is not replaced by a file', async () => {
  const device = join(catalog, 'sdb');
  await symlink('/dev/null', device);
  await expect(media('kernelArguments: [quiet]\n', '--output', device)).rejects.toMatchObject({
    ...{ code: 'media-output', message: `${device} is there, and is no file` },
  });
  expect((await stat(device)).isCharacterDevice()).toBe(true);
});

it('a medium that was changed is told to no host', async () => {
  await writeFile(join(catalog, ID, 'image.iso'), Buffer.concat([MEDIUM.subarray(0, -1), Buffer.from('x')]));
  await expect(media('kernelArguments: [quiet]\n')).rejects.toMatchObject({
    ...{ code: 'image-damaged', message: expect.stringContaining('image.iso has other content') },
  });
});
