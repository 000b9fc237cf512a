import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listSources, sourceIdentity, UNINVOLVED } from '../../builder/sources.ts';

const builder = resolve(import.meta.dirname, '../../builder');

/** Everything that runs when these files do; types alone do nothing. */
function imported(files: readonly string[]): string[] {
  const found = new Set<string>();
  const pending = [...files];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const text = readFileSync(join(builder, file), 'utf8');
    for (const [, names, path] of text.matchAll(/^(?:import|export) (?!type )([^;]*?)from '(\.[^']+)';/gms)) {
      const onlyTypes = /^\{(\s*type \w+,?)+\s*\}\s*$/.test(names!);
      if (!onlyTypes) pending.push(relative(builder, resolve(builder, dirname(file), path!)));
    }
  }
  return [...found].sort();
}

describe('the digest of the code', () => {
  /** What a recipe may say reaches a stage as data; where results are kept decides nothing. */
  const elsewhere = /^(recipe|contract|cache)\//;
  it.each([
    [
      'root',
      [
        ...[
          'locking.ts',
          'root/lock.ts',
          'root/install.ts',
          'root/import/import.ts',
          'root/import/source.ts',
        ],
        'evidence/record.ts',
      ],
    ],
    ['initramfs', ['initramfs/initramfs.ts', 'initramfs/inputs.ts']],
  ] as const)('that makes the %s covers all that runs there', async (stage, starts) => {
    const covered = await listSources(stage);
    expect(covered).toEqual(expect.arrayContaining([...starts]));
    expect(imported(starts).filter((file) => !covered.includes(file) && !elsewhere.test(file))).toEqual([]);
  });

  it('covers the shell that dracut takes from the builder, and leaves the overlay to its own identity', async () => {
    for (const stage of ['initramfs', 'all'] as const)
      expect(await listSources(stage)).toContain('initramfs/dracut/module-setup.sh');
    expect((await listSources('all')).filter((file) => file.startsWith('overlay/'))).toEqual([]);
  });

  it('of all covers a build but for what decides nothing of it', async () => {
    const covered = await listSources('all');
    const missing = imported(['build.ts']).filter((file) => !covered.includes(file));
    expect(
      missing.filter((file) => !UNINVOLVED.some((one) => file === one || file.startsWith(`${one}/`))),
    ).toEqual([]);
    expect(covered).toEqual(
      expect.arrayContaining([
        'inputs.ts',
        'provision.ts',
        'locking.ts',
        'root/import/import.ts',
        'contract/agent-protocol.ts',
      ]),
    );
    expect(covered.filter((file) => file.startsWith('commands/'))).toEqual([]);
  });

  it('is the same each time, and one for each stage', async () => {
    const identity = await sourceIdentity();
    expect(await sourceIdentity()).toEqual(identity);
    expect(new Set([identity.root, identity.initramfs, identity.all]).size).toBe(3);
    expect(identity.version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
