import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Repository } from '../recipe/schema.ts';
import { sha256 } from '../shared/ids.ts';

const LIMIT = 4 << 20;
const PATIENCE_MS = 10_000;

/**
 * Digest of what a repository holds now: that of its repomd.xml, which names every other file by digest, or what
 * its metalink says of it. Undefined when that cannot be told without dnf: no answer, or a list of mirrors, of
 * which dnf takes one.
 */
export async function metadataDigest(
  repository: Repository,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { baseurl, metalink } = repository;
  try {
    if (baseurl !== undefined)
      return sha256(await get(`${baseurl.replace(/\/$/, '')}/repodata/repomd.xml`, repository, signal));
    if (metalink === undefined) return undefined;
    return metalinkDigest((await get(metalink, repository, signal)).toString('utf8'));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/**
 * Digest of the repomd.xml that dnf has resolved by last: it keeps one for each id and address (libdnf,
 * Repo::Impl::getHash). Undefined when it kept none.
 */
export async function resolvedDigest(
  { id, baseurl, metalink, mirrorlist }: Repository,
  cache: string,
): Promise<string | undefined> {
  const address = sha256((metalink ?? mirrorlist ?? baseurl)!).slice(0, 16);
  return readFile(join(cache, `${id}-${address}`, 'repodata/repomd.xml')).then(sha256, () => undefined);
}

/** SHA-256 of the current repomd.xml; a metalink also lists older ones, as alternates, after it. */
export function metalinkDigest(text: string): string | undefined {
  const file = /<file\s+name="repomd\.xml">([\s\S]*?)<\/file>/.exec(text)?.[1] ?? '';
  return /<hash\s+type="sha256">([0-9a-f]{64})<\/hash>/.exec(file)?.[1];
}

async function get(url: string, repository: Repository, signal?: AbortSignal): Promise<Buffer> {
  if (url.startsWith('file://')) return readFile(fileURLToPath(url));
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
  if (repository.sslclientcert !== undefined || repository.sslcacert !== undefined)
    return getAsClient(url, repository, both);
  // No store on the way may answer with an older state.
  const answer = await fetch(url, { signal: both, cache: 'no-store' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return limited(Buffer.from(await answer.arrayBuffer()));
}

/** With the certificate that the repository wants to see. */
async function getAsClient(url: string, repository: Repository, signal: AbortSignal): Promise<Buffer> {
  const read = async (file: string | undefined) => (file === undefined ? undefined : await readFile(file));
  const [cert, key, ca] = await Promise.all(
    [repository.sslclientcert, repository.sslclientkey, repository.sslcacert].map(read),
  );
  return new Promise((resolve, reject) => {
    const headers = { 'cache-control': 'no-cache' };
    const asked = request(url, { cert, key, ca, signal, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(limited(Buffer.concat(parts)));
        else reject(new Error(`HTTP ${answer.statusCode}`));
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

function limited(body: Buffer): Buffer {
  if (body.length > LIMIT) throw new Error('larger than any list of metadata');
  return body;
}
