import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { defaultKey, readPublicKey, trustedKeys } from '../evidence/keys.ts';
import { count, size } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import { folderSource, type ImageSource, urlSource } from '../verify/source.ts';
import { type Expected, type Verification, verifyImage } from '../verify/verify.ts';
import { type CatalogFlags, print, printJson } from './options.ts';

interface VerifyFlags extends CatalogFlags {
  trust?: string[];
  key: string;
  unsigned?: boolean;
}

/** `rackhand images verify` */
export function addVerifyCommand(command: (name: string, description: string) => Command): void {
  const several = (text: string, before: string[] = []) => [...before, text];
  command('verify <image>', 'signature, files, provenance and content of an image, or of one at an address')
    .option('--trust <key>', 'believe this public key and no other (file or line; may be repeated)', several)
    .option('--key <file>', 'the own signing key, which is trusted too', defaultKey())
    .option('--unsigned', 'accept an image that nobody signed')
    .option('--json', 'print JSON')
    .action(verifyCommand);
}

/** @throws RackhandError image-refused, after the faults were shown */
async function verifyCommand(name: string, flags: VerifyFlags): Promise<void> {
  const { source, id } = await sourceOf(name, flags.catalog);
  const trusted = flags.trust
    ? await Promise.all(flags.trust.map(readPublicKey))
    : await trustedKeys(flags.key);
  const expected: Expected = { trusted, unsigned: flags.unsigned ?? false, id };
  const found = await verifyImage(source, expected);
  if (flags.json) printJson({ ok: found.faults.length === 0, ...found });
  else print(renderVerification(found));
  if (found.faults.length === 0) return;
  const what = `${found.image ?? found.where} is not to be trusted: ${count(found.faults.length, 'fault')}`;
  throw new RackhandError('image-refused', what, 'do as each fault says');
}

async function sourceOf(
  name: string,
  folder: string,
): Promise<{ source: ImageSource; id: string | undefined }> {
  if (/^https?:\/\//.test(name)) return addressed(name);
  const catalog = openCatalog(resolve(folder));
  const id = await catalog.find(name);
  await catalog.read(id);
  return { source: folderSource(join(catalog.folder, id)), id };
}

/** What is kept of the root for the while goes, even when a person ends the command. */
function addressed(address: string): { source: ImageSource; id: string | undefined } {
  if (!URL.canParse(address))
    throw new RackhandError(
      'usage',
      `${address} is no address`,
      'name an image’s folder: http://SERVER/images/ID',
    );
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const id = /\/([0-9a-f]{16})\/*$/.exec(address)?.[1];
  return { source: urlSource(address, { signal: stopping.signal }), id };
}

export function renderVerification(found: Verification): string {
  const { image, where, signedBy, files, bytes, paths, faults, notes } = found;
  return [
    `image ${image ?? '(refused)'} at ${where}`,
    ...(signedBy ? [`  signed by key ${signedBy.key}, which is trusted: "${signedBy.comment}"`] : []),
    ...(files > 0 ? [`  ${count(files, 'file')} compared with the manifest, ${size(bytes)}`] : []),
    ...(paths > 0 ? [`  ${count(paths, 'path')} of the root compared with what the build recorded`] : []),
    ...notes.map((note) => `  note: ${note}`),
    ...faults.map(({ code, what, mend }) => `  fault [${code}]: ${what}\n    mend: ${mend}`),
    ...(faults.length === 0 ? ['  no fault'] : []),
  ].join('\n');
}
