import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNCHECKED } from '../../builder/recipe/schema.ts';
import type { LockFile } from '../../builder/root/lock-file.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { run } from '../../builder/shared/process/run.ts';
import type { ProgressEvent } from '../../builder/stopwatch.ts';
import { build, lockBuild } from '../../builder/worker/start.ts';
import { type Keyring, makeKey, makePackages } from './fixture-repository.ts';

// Locks with the real dnf, over HTTP. A build of these packages ends when the root is no hypervisor: it is installed.

let base: string;
let keys: Keyring;
let server: Server;
let recipe: string;
let cache: string;
let lock: LockFile;
/** Folder that dnf alone is shown in place of `good`, as by a cache on its way that is behind. */
let behind: string | undefined;
/** How others than dnf asked for metadata: what a cache on the way is told. */
const asked = new Set<string | undefined>();

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-locked-'));
  cache = join(base, 'cache');
  keys = await makeKey(join(base, 'key'), 'Fixture');
  await makePackages(join(base, 'good'), [{ name: 'alpha' }, { name: 'beta', requires: ['alpha'] }], keys);
  await makePackages(join(base, 'unsigned'), [{ name: 'alpha' }]);
  server = createServer((request, response) => {
    const url = request.url!;
    const isDnf = request.headers['user-agent']?.includes('dnf');
    if (!isDnf && url.endsWith('/repomd.xml')) asked.add(request.headers['cache-control']);
    const path = isDnf && behind !== undefined ? url.replace('/good/', `/${behind}/`) : url;
    const file = createReadStream(join(base, decodeURIComponent(path)));
    file.on('error', () => response.writeHead(404).end());
    file.on('open', () => file.pipe(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  recipe = await recipeFile('fixture', `gpgkey: "file://${keys.file}"`);
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(base, { recursive: true, force: true });
});

function address(repository = 'good'): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${repository}/repository`;
}

async function recipeFile(name: string, key: string, baseurl = address()): Promise<string> {
  const file = join(base, `${name}.yaml`);
  await writeFile(
    file,
    `name: ${name}
base: el9
releasever: "9"
arch: x86_64
repositories:
  - id: fixture
    baseurl: "${baseurl}"
    ${key}
packages: [beta]
libvirt: monolithic
strip: []
ramRequired: 1024
compression: { squashfs: zstd-1, initramfs: zstd-3 }
`,
  );
  return file;
}

async function locking(said: string[] = [], file = recipe): Promise<LockFile> {
  const progress = ({ message }: { message: string }) => void said.push(message);
  return lockBuild({ recipe: file, cache, catalog: join(base, 'catalog'), explainCache: true, progress });
}

async function failure(file: string, said: string[] = []): Promise<RackhandError> {
  const progress = ({ message }: { message: string }) => void said.push(message);
  const error = await build({ recipe: file, cache, catalog: join(base, 'catalog'), progress }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RackhandError)) throw new Error(`no RackhandError: ${String(error)}`);
  return error;
}

async function roots(): Promise<string[]> {
  return (await readdir(join(cache, 'stages'))).filter((name) => name.startsWith('root-'));
}

/** The command in a network namespace that has nothing but a loopback that is down. */
async function offline(...more: string[]): Promise<string> {
  const cli = join(import.meta.dirname, '../../bin/main.ts');
  const folders = ['--cache', cache, '--catalog', join(base, 'catalog')];
  const argv = ['unshare', '--net', '--', process.execPath, cli, 'build', recipe, ...folders, ...more];
  return (await run(argv, { okCodes: [1], timeout: 60_000 })).stderr;
}

describe('a lock', () => {
  it('names each package with digest, repository and key', async () => {
    lock = await locking();
    expect(lock).toMatchObject({
      ...{ schema: 1, recipe: 'fixture', base: 'el9' },
      repositories: [{ id: 'fixture', url: address(), signatures: 'checked' }],
    });
    expect(lock.packages.map(({ name, repository }) => [name, repository])).toEqual([
      ['alpha', 'fixture'],
      ['beta', 'fixture'],
    ]);
    for (const { checksum, size } of lock.packages) {
      expect(checksum).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(size).toBeGreaterThan(0);
    }
  });
  it('is not resolved again while no repository has changed, and is when one has', async () => {
    const first: string[] = [];
    expect(await locking(first)).toEqual(lock);
    expect(first).toContain('cache: nothing it depends on has changed');
    await cp(join(base, 'good'), join(base, 'kept'), { recursive: true });
    await makePackages(join(base, 'good'), [{ name: 'gamma' }], keys);
    const second: string[] = [];
    expect(await locking(second)).toEqual(lock);
    expect(second.find((line) => line.startsWith('cache: changed since'))).toContain('metadata');
    expect(asked).toEqual(new Set(['no-cache']));
  });
  it('is not kept for a state of the repository that dnf was not shown', async () => {
    await makePackages(join(base, 'good'), [{ name: 'epsilon' }], keys);
    behind = 'kept';
    await locking();
    behind = undefined;
    const said: string[] = [];
    await locking(said);
    expect(said.find((line) => line.startsWith('cache: changed since'))).toContain('metadata');
  });
  it('takes as long as it took before, once the cache has said which way it goes', async () => {
    const expected = async () => {
      const events: ProgressEvent[] = [];
      const progress = (event: ProgressEvent) => void events.push(event);
      await lockBuild({ recipe, cache, catalog: join(base, 'catalog'), progress });
      expect(events[0]).toMatchObject({ kind: 'begin', elapsed: { stage: 0 } });
      expect(events[0]).not.toHaveProperty('expected');
      return events.slice(1).map((event) => event.expected?.stage);
    };
    await rm(join(cache, 'history.json'));
    expect(new Set(await expected())).toEqual(new Set([undefined]));
    const [{ builds }] = JSON.parse(await readFile(join(cache, 'history.json'), 'utf8'));
    const [{ stage, milliseconds, reused }] = builds[0];
    expect([stage, reused]).toEqual(['lock', true]);
    expect((await expected())[0]).toBe(milliseconds);
  });
  it('that was damaged in the cache is resolved again, once', async () => {
    const stages = (await readdir(join(cache, 'stages'))).filter((name) => name.startsWith('lock-'));
    for (const name of stages) await writeFile(join(cache, 'stages', name, 'lock.json'), '{"lock":');
    for (const why of ['its result is damaged', 'nothing it depends on has changed']) {
      const said: string[] = [];
      expect(await locking(said)).toEqual(lock);
      expect(said).toContain(`cache: ${why}`);
    }
  });
});

describe('a locked build', () => {
  let file: string;
  beforeAll(async () => {
    lock ??= await locking();
    file = join(base, 'fixture.lock.json');
    await writeFile(file, JSON.stringify(lock));
    expect((await failure(recipe)).code).toBe('root-incomplete'); // fills the cache of packages
  });

  it('installs the same without any network, although the repository has moved on', async () => {
    await rm(join(cache, 'stages'), { recursive: true });
    await makePackages(join(base, 'good'), [{ name: 'delta' }], keys);
    const told = await offline('--locked', file, '--json');
    expect(told).toContain('error [root-incomplete]');
    const events = told.split('\n').filter((line) => line.startsWith('{'));
    expect(events.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ stage: 'lock', kind: 'end', did: expect.objectContaining({ reused: true }) }),
    );
    const [root, another] = await roots();
    expect(another).toBeUndefined();
    const packages = JSON.parse(await readFile(join(cache, 'stages', root!, 'packages.json'), 'utf8'));
    expect(packages.map(({ name }: { name: string }) => name)).toEqual(['alpha', 'beta']);
  });
  it('cannot be had without a lock there', async () => {
    await rm(join(cache, 'stages'), { recursive: true });
    expect(await offline()).toContain('error [repository-unreachable]');
  });
  it('names a package that the cache lacks', async () => {
    const folder = (await readdir(join(cache, 'dnf'))).find(
      (name) => name.startsWith('fixture-') && !name.includes('.'),
    )!;
    const cached = join(cache, 'dnf', folder, 'packages/alpha-1-1.noarch.rpm');
    const bytes = await readFile(cached);
    await rm(cached);
    const told = await offline('--locked', file);
    expect(told).toContain('error [package-not-cached]');
    expect(told).toContain('alpha-0:1-1.noarch');
    bytes[bytes.length - 20]! ^= 0xff;
    await writeFile(cached, bytes);
    expect(await offline('--locked', file)).toContain('error [package-not-cached]');
  });
  it('names a key that the cache lacks', async () => {
    await rm(join(cache, 'dnf/keys'), { recursive: true });
    expect(await offline('--locked', file)).toContain('error [key-not-cached]');
  });
});

describe('packages whose signatures nobody checks', () => {
  it('are installed only in so many words, and it is said', async () => {
    const words = await recipeFile('open', `gpgcheck: "${UNCHECKED}"`, address('unsigned'));
    await writeFile(words, (await readFile(words, 'utf8')).replace('[beta]', '[alpha]'));
    const said: string[] = [];
    expect((await failure(words, said)).code).toBe('root-incomplete');
    expect(said).toContain(`WARNING: signatures of repository fixture are NOT CHECKED ("${UNCHECKED}")`);
    const own = await recipeFile('closed', `gpgkey: "file://${keys.file}"`, address('unsigned'));
    await writeFile(own, (await readFile(own, 'utf8')).replace('[beta]', '[alpha]'));
    await mkdir(join(base, 'catalog'), { recursive: true });
    expect((await failure(own)).code).toBe('signature-wrong');
  });
});
