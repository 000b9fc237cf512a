import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFile, MANIFEST, PROVENANCE, SIGNATURE } from '../catalog/id.ts';
import { type Manifest, manifestText } from '../contract/manifest.ts';
import { openEnvelope, type StageRecord } from '../contract/provenance.ts';
import type { Inputs } from '../inputs.ts';
import { sha256 } from '../shared/ids.ts';
import { isSealedBy, sealEnvelope } from './envelope.ts';
import { makeProvenance } from './provenance.ts';
import { checkFile, keyId, type PublicKey, type Signer, signFile } from './signature.ts';

export interface Finished {
  manifest: Manifest;
  inputs: Inputs;
  stages: readonly StageRecord[];
  started: Date;
}

/** The lock, the provenance and, with a signer, the manifest's signature: file name → content. */
export function sealImage(
  { manifest, inputs, stages, started }: Finished,
  signer: Signer | undefined,
): Record<string, string> {
  const text = manifestText(manifest);
  const { key, loaded, lock, materials } = inputs;
  const record = `${JSON.stringify({ key, lock }, null, 1)}\n`;
  const file = buildFile(key);
  const provenance = makeProvenance({
    ...{ manifest, manifestSha256: sha256(text), loaded, lock, materials, stages },
    record: { file, sha256: sha256(record) },
    ...{ invocation: randomUUID(), started: started.toISOString(), finished: new Date().toISOString() },
  });
  const sealed = { [file]: record, [PROVENANCE]: sealEnvelope(provenance, signer) };
  return signer
    ? { ...sealed, [SIGNATURE]: signFile(Buffer.from(text), signer, commentOf(manifest)) }
    : sealed;
}

/** Nothing of the clock: the same image has the same signature. */
function commentOf({ id, recipe }: Manifest): string {
  return `image ${id} recipe ${recipe.name}`;
}

/** What a signature beside a manifest is worth, in a word or two: for lists, which do not look at artifacts. */
export async function sealWord(catalog: string, id: string, trusted: readonly PublicKey[]): Promise<string> {
  const read = (file: string) => readFile(join(catalog, id, file)).catch(() => undefined);
  const [manifest, signature] = await Promise.all([read(MANIFEST), read(SIGNATURE)]);
  if (!manifest || !signature) return 'UNSIGNED';
  const checked = checkFile(manifest, signature.toString('utf8'), trusted);
  if (checked.result === 'good') return 'signed';
  return checked.result === 'stranger' ? `signed by ${checked.id}, not trusted` : 'SIGNATURE WRONG';
}

/** What an image lacks to be one that this key has signed. */
export async function sealFaults(catalog: string, { id }: Manifest, signer: Signer): Promise<string[]> {
  const read = (file: string) => readFile(join(catalog, id, file)).catch(() => Buffer.alloc(0));
  const [manifest, signature, provenance] = await Promise.all([MANIFEST, SIGNATURE, PROVENANCE].map(read));
  const faults: string[] = [];
  if (checkFile(manifest!, signature!.toString(), [signer]).result !== 'good')
    faults.push(`its manifest is not signed by key ${keyId(signer)}`);
  const opened = openEnvelope(provenance!.toString());
  if (!opened || !isSealedBy(opened.envelope, signer))
    faults.push(`its provenance is not signed by key ${keyId(signer)}`);
  return faults;
}
