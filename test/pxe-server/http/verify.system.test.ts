import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import { fromSource } from '../../../builder/exchange/arrivals.ts';
import { importImage } from '../../../builder/exchange/import.ts';
import { urlSource } from '../../../builder/verify/source.ts';
import { verifyImage } from '../../../builder/verify/verify.ts';
import { toReplicaImage } from '../../../pxe-server/roles/replica.ts';
import { makeImage } from '../../builder/evidence/image.ts';
import { testSigner } from '../../builder/evidence/signer.ts';
import { startBootHttp } from './boot-fixture.ts';

it('an image is verified at the address where the service serves it, and taken to another catalog from there', async () => {
  const base = await mkdtemp(join(tmpdir(), 'rackhand-served-'));
  const service = await startBootHttp();
  try {
    const signer = testSigner(1);
    const { id } = await makeImage(base, signer);
    const folder = join(base, 'catalog');
    service.replica.images = (await openCatalog(folder).list()).map((one) => toReplicaImage(one, folder));
    const source = urlSource(`http://127.0.0.1:${service.port}/images/${id}`);
    const found = await verifyImage(source, { trusted: [signer], unsigned: false, id });
    expect(found).toMatchObject({ image: id, files: 9, faults: [] });
    expect(found.notes).toEqual([expect.stringContaining('the lock of the build, is not there')]);
    const [other, incoming] = [join(base, 'other'), { where: source.where, arrivals: fromSource(source) }];
    await mkdir(other);
    const { outcome } = await importImage(incoming, other, { trusted: [signer], unsigned: false, id });
    expect(outcome).toBe('imported');
    expect(await openCatalog(other).list()).toEqual(await openCatalog(folder).list());
  } finally {
    await service.close();
    await rm(base, { recursive: true, force: true });
  }
});
