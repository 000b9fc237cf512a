import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { formatPublicKey, keyId, keyLine } from '../../../builder/evidence/signature.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
const signer = testSigner(1);

let base: string;
let signed: Manifest;
let unsigned: Manifest;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-evidence-'));
  signed = await makeImage(join(base, 'signed'), signer);
  unsigned = await makeImage(join(base, 'unsigned'), undefined);
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** The command as a person types it, with settings of its own. */
async function rackhand(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { XDG_CONFIG_HOME: join(base, 'settings') };
  return run([PROGRAM, ...argv], { env, okCodes: [0, 1, 2] });
}
const at = (name: string) => ['--catalog', join(base, name, 'catalog')];

it('keys are made, shown and trusted', async () => {
  const file = join(base, 'settings/rackhand/signing.key');
  expect((await rackhand('keys', 'show')).stdout).toBe(
    `no signing key in ${file}: the first build makes one\n`,
  );
  const made = await rackhand('keys', 'create');
  expect(made.stdout).toContain(`A signing key was made: ${file}`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await rackhand('keys', 'create')).stdout).toMatch(/^signing key [0-9A-F]{16} is in .* already\n$/);
  const shown = JSON.parse((await rackhand('keys', 'show', '--json')).stdout);
  expect(made.stdout).toContain(shown.signing.key);
  expect(shown).toEqual({ signing: { file, ...shown.trusted[0] }, trusted: [shown.trusted[0]] });

  expect((await rackhand('images', 'list', ...at('signed'))).stdout).toContain(
    `signed by ${keyId(signer)}, not trusted`,
  );
  const refused = await rackhand('images', 'verify', signed.id, ...at('signed'));
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('fault [key-unknown]') });
  expect(refused.stderr).toContain('error [image-refused]');

  const pub = join(base, 'maker.pub');
  await writeFile(pub, formatPublicKey(signer));
  expect((await rackhand('keys', 'trust', pub)).stdout).toContain(`key ${keyId(signer)} is trusted`);
  expect((await rackhand('keys', 'show')).stdout).toContain(`${keyId(signer)}  ${keyLine(signer)}`);
  expect((await rackhand('images', 'list', ...at('signed'))).stdout).toMatch(/ {2}signed +-\n$/);
  const good = await rackhand('images', 'verify', signed.id, ...at('signed'));
  expect(good).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('no fault') });
});

it('an image is verified by a key that is named, as text and as JSON', async () => {
  const verify = ['images', 'verify', signed.id, ...at('signed'), '--json', '--trust'];
  const good = await rackhand(...verify, keyLine(signer));
  expect(good.code).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject({
    ...{ ok: true, image: signed.id, signedBy: { key: keyId(signer) }, faults: [] },
  });
  const other = await rackhand(...verify, keyLine(testSigner(2)));
  expect(other.code).toBe(1);
  expect(JSON.parse(other.stdout)).toMatchObject({ ok: false, faults: [{ code: 'key-unknown' }] });
  expect(await rackhand(...verify, 'RWnothing')).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining('error [key-invalid]') },
  });
  expect((await rackhand('images', 'verify')).code).toBe(2);
});

it('an unsigned image says so wherever it is shown', async () => {
  expect((await rackhand('images', 'list', ...at('unsigned'))).stdout).toMatch(/ {2}UNSIGNED +-\n$/);
  const refused = await rackhand('images', 'verify', unsigned.id, ...at('unsigned'));
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('fault [signature-missing]') });
  const accepted = await rackhand('images', 'verify', unsigned.id, ...at('unsigned'), '--unsigned');
  expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining('note: the image is UNSIGNED') });
});

it('a change is told by verify and by the list', async () => {
  const file = join(base, 'signed/catalog', signed.id, 'manifest.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"base": "el9"', '"base": "el8"'));
  const told = await rackhand('images', 'verify', signed.id, ...at('signed'), '--trust', keyLine(signer));
  expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('fault [signature-wrong]') });
  await rackhand('keys', 'trust', keyLine(signer));
  expect((await rackhand('images', 'list', ...at('signed'))).stdout).toMatch(/SIGNATURE WRONG +-\n$/);
});
