import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addImagesCommands } from '../../../builder/commands/images.ts';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { describeEvidence, namedEvidence } from '../../../builder/evidence/files.ts';
import { packageEvidence } from '../../../builder/evidence/sbom.ts';
import { manifest } from '../../shared/manifest.ts';
import { billOptions } from '../evidence/fixture.ts';

const evidence = packageEvidence(billOptions());
const [whole, bare] = [manifest({ evidence: describeEvidence(evidence) }), manifest({ id: 'f'.repeat(16) })];
let catalog: string;

beforeEach(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'rackhand-sbom-'));
  for (const one of [whole, bare]) await lay(one);
  for (const [name, bytes] of Object.entries(namedEvidence(evidence)))
    await writeFile(join(catalog, whole.id, name), bytes);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(catalog, { recursive: true });
});

async function lay(one: Manifest): Promise<void> {
  await mkdir(join(catalog, one.id));
  await writeFile(join(catalog, one.id, 'manifest.json'), JSON.stringify(one));
}

/** What `rackhand images …` prints. */
async function images(...argv: string[]): Promise<{ output: string; aside: string }> {
  const streams = [process.stdout, process.stderr].map((one) => vi.spyOn(one, 'write').mockReturnValue(true));
  const program = new Command().exitOverride();
  addImagesCommands(program);
  await program.parseAsync(['images', ...argv, '--catalog', catalog], { from: 'user' });
  const [output, aside] = streams.map((one) => one.mock.calls.map(([text]) => String(text)).join(''));
  return { output: output!, aside: aside! };
}

describe('rackhand images sbom', () => {
  it.each([
    ['spdx', 'sbom-spdx', []],
    ['cyclonedx', 'sbom-cyclonedx', ['--format', 'cyclonedx']],
  ] as const)('prints the %s document as the build wrote it', async (_, kind, flags) => {
    expect((await images('sbom', whole.id, ...flags)).output).toBe(evidence[kind]);
  });
  it('refuses a document that is not the one that the manifest names', async () => {
    await writeFile(join(catalog, whole.id, 'sbom.spdx.json'), '{}');
    await expect(images('sbom', whole.id)).rejects.toMatchObject({ code: 'record-invalid' });
  });
  it('says that an image has none, and how to get it', async () => {
    await expect(images('sbom', bare.id)).rejects.toMatchObject({
      ...{ code: 'record-missing', message: expect.stringContaining('has no sbom-spdx record') },
      mend: 'build it again: rackhand build lab --force',
    });
  });
  it('knows two formats', async () => {
    await expect(images('sbom', whole.id, '--format', 'swid')).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
  });
});

describe('rackhand images show', () => {
  it('tells aside who signed the packages, so that the manifest stays JSON', async () => {
    const { output, aside } = await images('show', whole.id);
    expect(JSON.parse(output)).toEqual(whole);
    expect(aside).toBe(
      'UNSIGNED: 1 of 6 packages: manual-0:1~rc1-2.el9+5.x86_64; the others by Rocky Enterprise Software Foundation (702d426d350d275d)\n',
    );
  });
  it('says nothing of it where the builder did not record it', async () => {
    expect((await images('show', bare.id)).aside).toBe('');
  });
});
