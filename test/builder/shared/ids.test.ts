import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalJson, identity, sha256, sha256File } from '../../../builder/shared/ids.ts';

it('canonical JSON does not depend on the order of keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
});
it('a golden identity', () => {
  expect(identity({ b: 1, a: 2 })).toBe('d3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772');
});

it('the digest of a file is that of its bytes, whatever its length', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-ids-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'file');
  for (const size of [0, 1, 1 << 20, (2 << 20) + 7]) {
    const bytes = Buffer.alloc(size, 'no power of two');
    await writeFile(file, bytes);
    expect(await sha256File(file)).toBe(sha256(bytes));
  }
  await expect(sha256File(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(sha256File(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
});
