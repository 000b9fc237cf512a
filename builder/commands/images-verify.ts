import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { defaultKey, readPublicKey, trustedKeys } from '../evidence/keys.ts';
import { count, size } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import { folderSource, type ImageSource, urlSource } from '../verify/source.ts';
import { type Expected, type Verification, verifyImage } from '../verify/verify.ts';
import { type CatalogFlags, print, printJson } from './options.ts';

/** Whom one believes. */
export interface TrustFlags extends CatalogFlags {
  trust?: string[];
  key: string;
  unsigned?: boolean;
}

/** `rackhand images verify` */
export function addVerifyCommand(command: (name: string, description: string) => Command): void {
  const described = command(
    'verify <image>',
    'signature, files, provenance and content of an image, or of one at an address',
  );
  withTrust(described).option('--json', 'print JSON').action(verifyCommand);
}

export function withTrust(command: Command): Command {
  const several = (text: string, before: string[] = []) => [...before, text];
  return command
    .option('--trust <key>', 'believe this public key and no other (file or line; may be repeated)', several)
    .option('--key <file>', 'the own signing key, which is trusted too', defaultKey())
    .option('--unsigned', 'accept an image that nobody signed');
}

/** @throws RackhandError key-invalid */
export async function expectedBy({ trust, key, unsigned = false }: TrustFlags): Promise<Expected> {
  const trusted = trust ? await Promise.all(trust.map(readPublicKey)) : await trustedKeys(key);
  return { trusted, unsigned };
}

/** @throws RackhandError image-refused, after the faults were shown */
async function verifyCommand(name: string, flags: TrustFlags): Promise<void> {
  const { source, id } = await sourceOf(name, flags.catalog);
  const found = await verifyImage(source, { ...(await expectedBy(flags)), id });
  if (flags.json) printJson({ ok: found.faults.length === 0, ...found });
  else print(renderVerification(found));
  refuseFaulty(found);
}

/** @throws RackhandError image-refused */
export function refuseFaulty(found: Verification): void {
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
  refuseNoAddress(address);
  return { source: urlSource(address, { signal: endedByPerson() }), id: idIn(address) };
}

/** @throws RackhandError usage */
export function refuseNoAddress(address: string): void {
  if (URL.canParse(address)) return;
  const mend = 'name an image’s folder: http://SERVER/images/ID';
  throw new RackhandError('usage', `${address} is no address`, mend);
}

/** The id of an image at the end of an address. */
export function idIn(address: string): string | undefined {
  return /\/([0-9a-f]{16})\/*$/.exec(address)?.[1];
}

export function endedByPerson(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}

export function renderVerification(found: Verification): string {
  const { image, where, signedBy, files, bytes, paths, tests, faults, notes } = found;
  return [
    `image ${image ?? '(refused)'} at ${where}`,
    ...(signedBy ? [`  signed by key ${signedBy.key}, which is trusted: "${signedBy.comment}"`] : []),
    ...(files > 0 ? [`  ${count(files, 'file')} compared with the manifest, ${size(bytes)}`] : []),
    ...(paths > 0 ? [`  ${count(paths, 'path')} of the root compared with what the build recorded`] : []),
    ...(tests ? [`  ${testsWords(tests)}`] : []),
    ...notes.map((note) => `  note: ${note}`),
    ...faults.map(({ code, what, mend }) => `  fault [${code}]: ${what}\n    mend: ${mend}`),
    ...(faults.length === 0 ? ['  no fault'] : []),
  ].join('\n');
}

export function testsWords({ modes, passed, key }: NonNullable<Verification['tests']>): string {
  const whose = key === null ? 'signed by nobody' : `signed by key ${key}, which is trusted`;
  return `${passed} of ${count(modes, 'way')} to start it passed a test in a virtual machine, ${whose}`;
}
