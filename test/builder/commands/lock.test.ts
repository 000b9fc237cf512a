import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockedFile, readLock } from '../../../builder/commands/lock.ts';
import { openEnvelope } from '../../../builder/contract/provenance.ts';
import { sealEnvelope } from '../../../builder/evidence/envelope.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { publishSmall } from '../catalog/small-image.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a lock file that is not there is not one that cannot be read', async () => {
  expect(await readLock(join(folder, 'absent.json'))).toBeUndefined();
  await writeFile(join(folder, 'lock.json'), '{}');
  expect(await readLock(join(folder, 'lock.json'))).toBe('{}');
  await mkdir(join(folder, 'folder.json'));
  await expect(readLock(join(folder, 'folder.json'))).rejects.toMatchObject({
    code: 'lock-unreadable',
    message: `${join(folder, 'folder.json')} cannot be read (EISDIR)`,
  });
});

describe('the lock of an image', () => {
  const OWN = 'build-bbbbbbbbbbbbbbbb.json';
  let [catalog, home] = ['', ''];
  beforeAll(async () => {
    catalog = join(folder, 'catalog');
    home = join(catalog, (await publishSmall(catalog, 'kernel')).id);
    const { provenance } = openEnvelope(await readFile(join(home, 'provenance.json'), 'utf8'))!;
    provenance.predicate.runDetails.byproducts.push({ name: OWN, digest: { sha256: sha256('{}') } });
    await writeFile(join(home, 'provenance.json'), sealEnvelope(provenance, undefined));
    await writeFile(join(home, OWN), '{}');
  });

  it('is the one that its provenance names, whatever else gave its bytes', async () => {
    await writeFile(join(home, 'build-aaaaaaaaaaaaaaaa.json'), '{}');
    expect(await lockedFile('lab', catalog)).toBe(join(home, OWN));
  });

  it('is refused when it was changed, or is gone', async () => {
    await writeFile(join(home, OWN), '{ }');
    await expect(lockedFile('lab', catalog)).rejects.toMatchObject({ code: 'lock-differs' });
    await rm(join(home, OWN));
    await expect(lockedFile('lab', catalog)).rejects.toMatchObject({
      ...{ code: 'lock-missing', message: expect.stringContaining(`${OWN} of image`) },
    });
  });
});
