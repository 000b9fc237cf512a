import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LicenceIndex } from '../../builder/evidence/licences.ts';
import type { InstalledRecord } from '../../builder/evidence/record.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { startDaemon } from '../../builder/shared/process/daemon.ts';
import { run } from '../../builder/shared/process/run.ts';
import { build } from '../../builder/worker/start.ts';
import { type FixturePackage, type Keyring, makeKey, makePackages } from './fixture-repository.ts';
import { processesOf } from './left-behind.ts';

// The real dnf and rpm on tiny packages; each failure says what it was and leaves nothing behind.

const PACKAGES: FixturePackage[] = [
  { name: 'alpha' },
  { name: 'beta', requires: ['alpha'] },
  { name: 'broken', requires: ['nobody-has-this'] },
  { name: 'large', bytes: 12 << 20 },
  { name: 'slow', lua: 'posix.sleep(60)' },
  { name: 'nosy', lua: nosy() },
  { name: 'papers', licence: 'Do what you like.', document: 'Ask before you do.' },
];

/** Writes down which interfaces a scriptlet sees. */
function nosy(): string {
  return [
    'local seen = io.open("/usr/share/nosy/seen", "w")',
    'for line in io.lines("/proc/net/dev") do',
    '  local name = line:match("^%%s*(%%w+):")',
    '  if name then seen:write(name, "\\n") end',
    'end',
    'seen:close()',
  ].join('\n');
}

let base: string;
let keys: Keyring;
let other: Keyring;
let folder: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-build-'));
  keys = await makeKey(join(base, 'key'), 'Fixture');
  other = await makeKey(join(base, 'other'), 'Somebody else');
  await makePackages(join(base, 'good'), PACKAGES, keys);
  await makePackages(join(base, 'foreign'), [{ name: 'alpha' }], other);
  await makePackages(join(base, 'unsigned'), [{ name: 'alpha' }]);
});
afterAll(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(base, 'run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Wish {
  packages: string[];
  fromRoot?: string;
  repository?: string;
  cache?: string;
  fingerprint?: string;
  signal?: AbortSignal;
  onProgress?: (stage: string, message: string) => void;
}

async function recipeFile({ packages, repository = 'good', fingerprint }: Wish): Promise<string> {
  const file = join(folder, 'fixture.yaml');
  await writeFile(
    file,
    [
      ...[
        'name: fixture',
        'base: el9',
        'releasever: "9"',
        'arch: x86_64',
        'repositories:',
        '  - id: fixture',
      ],
      `    baseurl: "file://${base}/${repository}/repository"`,
      `    gpgkey: "file://${keys.file}"`,
      ...(fingerprint ? [`    fingerprint: ${fingerprint}`] : []),
      `packages: [${packages.join(', ')}]`,
      ...['libvirt: monolithic', 'strip: []', 'ramRequired: 1024'],
      'compression: { squashfs: zstd-1, initramfs: zstd-3 }',
      '',
    ].join('\n'),
  );
  return file;
}

async function failure(wish: Wish): Promise<RackhandError> {
  const error = await build({
    recipe: await recipeFile(wish),
    catalog: join(folder, 'catalog'),
    cache: wish.cache ?? join(folder, 'cache'),
    ...(wish.fromRoot === undefined ? {} : { fromRoot: wish.fromRoot }),
    ...(wish.signal ? { signal: wish.signal } : {}),
    progress: ({ stage, message }) => wish.onProgress?.(stage, message),
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RackhandError))
    throw new Error(`no RackhandError: ${String(error)}`, { cause: error });
  return error;
}

/** Roots that the cache keeps. */
async function roots(): Promise<string[]> {
  return (await readdir(join(folder, 'cache/stages'))).filter((name) => name.startsWith('root-'));
}

/** Writes until nothing more fits. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  try {
    const block = Buffer.alloc(1 << 20);
    for (;;) writeSync(fd, block);
  } catch {
    // ENOSPC is what it is for
  } finally {
    closeSync(fd);
  }
}

async function unpacked(name: string): Promise<boolean> {
  const cache = join(folder, 'cache');
  const work = (await readdir(cache).catch(() => [])).find((entry) => entry.startsWith('work-'));
  return existsSync(join(cache, work ?? 'none', 'installed/tree/usr/share', name, 'file'));
}

async function expectNothingLeft(cache = join(folder, 'cache')): Promise<void> {
  expect((await readdir(cache)).sort()).toEqual(['dnf', 'locks', 'stages', 'users']);
  expect(await readdir(join(cache, 'locks'))).toEqual([]);
  expect(await readdir(join(cache, 'users'))).toEqual([]);
  expect(await readdir(join(folder, 'catalog'))).toEqual([]);
  expect(await processesOf(folder)).toEqual([]);
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  expect(mounts.filter((line) => line.includes(folder) && !line.includes(` ${cache} `))).toEqual([]);
}

describe('a package', () => {
  it('that does not exist is named, with the nearest that does', async () => {
    const error = await failure({ packages: ['alpah'] });
    expect([error.code, error.message]).toEqual([
      'package-missing',
      'no repository of the recipe has: alpah (nearest: alpha)',
    ]);
    await expectNothingLeft();
  });

  it('whose dependency nobody has is named', async () => {
    const error = await failure({ packages: ['broken'] });
    expect(error.code).toBe('packages-unresolvable');
    expect(error.message).toContain('nothing provides nobody-has-this needed by broken-1-1.noarch');
    await expectNothingLeft();
  });

  it.each([
    ['signed by another key', 'foreign'],
    ['without a signature', 'unsigned'],
  ])('%s is not installed', async (_, repository) => {
    const error = await failure({ packages: ['alpha'], repository });
    expect(error.code).toBe('signature-wrong');
    expect(error.message).toContain('signature check failed for: alpha-1-1.noarch');
    await expectNothingLeft();
    expect(await roots()).toEqual([]);
  });

  it('that was changed after signing is not installed', async () => {
    const copy = join(base, 'tampered');
    await run(['cp', '-a', join(base, 'good'), copy]);
    const file = join(copy, 'repository/Packages/alpha-1-1.noarch.rpm');
    const bytes = await readFile(file);
    bytes[bytes.length - 20]! ^= 0xff;
    await writeFile(file, bytes);
    await run(['createrepo_c', '--quiet', join(copy, 'repository')]);
    const error = await failure({ packages: ['alpha'], repository: 'tampered' });
    expect(error.code).toBe('signature-wrong');
    expect(error.message).toContain('alpha-1-1.noarch');
    await expectNothingLeft();
  });

  it('runs its scriptlets without network, and its root is no hypervisor', async () => {
    const error = await failure({ packages: ['nosy'] });
    expect(error.code).toBe('root-incomplete');
    const [name] = await roots();
    const seen = join(folder, 'cache/stages', name!, 'tree/usr/share/nosy/seen');
    expect(await readFile(seen, 'utf8')).toBe('lo\n');
    await expectNothingLeft();
  });
});

describe('what is installed is recorded beside the root', () => {
  /** Who signed each package, and the paths of the licence texts that are known. */
  async function recorded(stage: string): Promise<[InstalledRecord, string[]]> {
    const record = JSON.parse(await readFile(join(stage, 'installed.json'), 'utf8'));
    const argv = ['tar', '--extract', '--gzip', '--to-stdout', 'licences/index.json'];
    const { stdout } = await run([...argv, `--file=${join(stage, 'licences.tar.gz')}`]);
    const index = JSON.parse(stdout) as LicenceIndex;
    return [record, index.packages.flatMap(({ texts }) => texts.map(({ path }) => path))];
  }

  it('with licence texts of documents that were not installed; and again where that root is taken over', async () => {
    await failure({ packages: ['papers'] });
    const stage = join(folder, 'cache/stages', (await roots())[0]!);
    const [record, texts] = await recorded(stage);
    const keyId = keys.fingerprint.slice(-16).toLowerCase();
    expect(record.packages).toMatchObject([{ name: 'papers', licence: 'none', signature: { keyId } }]);
    expect(texts).toEqual(['usr/share/doc/papers/COPYING', 'usr/share/licenses/papers/LICENSE']);
    expect(existsSync(join(stage, 'tree/usr/share/doc/papers/COPYING'))).toBe(false);

    const copy = join(folder, 'copy');
    await run(['cp', '-a', join(stage, 'tree'), copy]);
    await mkdir(join(copy, 'etc'), { recursive: true });
    await writeFile(join(copy, 'etc/os-release'), 'ID=rocky\nID_LIKE="rhel"\nVERSION_ID="9.5"\n');
    expect((await failure({ packages: [], fromRoot: copy })).code).toBe('root-incomplete');
    const [name] = (await readdir(join(folder, 'cache/stages'))).filter((one) => one.startsWith('import-'));
    const [taken, known] = await recorded(join(folder, 'cache/stages', name!));
    expect(taken.packages).toEqual(record.packages);
    expect(taken.distribution).toEqual({ id: 'rocky', version: '9.5', name: 'rocky' });
    expect(known).toEqual(['usr/share/licenses/papers/LICENSE']);
    await expectNothingLeft();
  });
});

describe('a key', () => {
  it('with another fingerprint than the recipe names is refused', async () => {
    const error = await failure({ packages: ['alpha'], fingerprint: other.fingerprint });
    expect([error.code, error.message]).toEqual([
      'key-wrong',
      `the key of repository fixture (file://${keys.file}) has fingerprint ${keys.fingerprint}, not ${other.fingerprint}`,
    ]);
    await expectNothingLeft();
  });
  it('with the fingerprint is taken', async () => {
    const error = await failure({ packages: ['alpha'], fingerprint: keys.fingerprint });
    expect(error.code).toBe('root-incomplete');
  });
});

it('a repository that is not there is named', async () => {
  const error = await failure({ packages: ['alpha'], repository: 'nowhere' });
  expect(error.code).toBe('repository-unreachable');
  expect(error.message).toMatch(/^fixture cannot be read/);
  await expectNothingLeft();
});

describe('no space', () => {
  let cache: string;
  beforeEach(async () => {
    cache = join(folder, 'small');
    await mkdir(cache);
    await run(['mount', '-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', cache]);
  });
  afterEach(() => run(['umount', cache]));

  it('is told before anything is downloaded', async () => {
    await writeFile(join(cache, 'ballast'), Buffer.alloc(24 << 20));
    const error = await failure({ packages: ['large'], cache });
    expect(error.code).toBe('no-space');
    expect(error.message).toMatch(/small: needs \d+ MiB, 2[34] MiB are free$/);
    await rm(join(cache, 'ballast'));
    await expectNothingLeft(cache);
  });

  it('in the middle of the transaction ends the build and clears up', async () => {
    const error = await failure({
      packages: ['large'],
      cache,
      onProgress: (stage) => {
        if (stage === 'root') fill(join(cache, 'dnf/ballast'));
      },
    });
    expect(error.code).toBe('no-space');
    expect(error.message).toContain(cache);
    await expectNothingLeft(cache);
  });
});

describe('interrupted in the middle of the transaction', () => {
  it('ends every process and leaves the cache alone', async () => {
    const abort = new AbortController();
    const started = performance.now();
    const error = await failure({
      packages: ['slow'],
      signal: abort.signal,
      onProgress: (_, message) => {
        if (/^(Installing|Running scriptlet) ?: slow/.test(message)) abort.abort();
      },
    });
    expect(error.code).toBe('cancelled');
    expect(performance.now() - started).toBeLessThan(30_000);
    await expectNothingLeft();
  });

  it('before it began is cancelled too', async () => {
    const error = await failure({ packages: ['alpha'], signal: AbortSignal.abort() });
    expect(error.code).toBe('cancelled');
  });

  it('by SIGKILL leaves no process and no mount, and the next build clears the rest', async () => {
    const recipe = await recipeFile({ packages: ['slow'] });
    const cli = join(import.meta.dirname, '../../bin/main.ts');
    const folders = ['--catalog', join(folder, 'catalog'), '--cache', join(folder, 'cache')];
    const daemon = startDaemon([process.execPath, cli, 'build', recipe, ...folders], {
      stdio: 'ignore',
    });
    // Unpacked: its scriptlet runs now, for a minute.
    await vi.waitUntil(() => unpacked('slow'), { timeout: 30_000, interval: 50 });
    expect(await processesOf(folder)).not.toEqual([]);
    daemon.child.kill('SIGKILL');
    await daemon.exited;
    await vi.waitUntil(async () => (await processesOf(folder)).length === 0, { timeout: 5000 });
    expect((await readFile('/proc/self/mounts', 'utf8')).includes(folder)).toBe(false);
    expect((await readdir(join(folder, 'cache'))).filter((name) => name.startsWith('work-'))).toHaveLength(1);
    const error = await failure({ packages: ['alpha'] });
    expect(error.code).toBe('root-incomplete');
    await expectNothingLeft();
  });
});

it('two builds share a cache: what one makes the other waits for, and uses', async () => {
  const waited: string[] = [];
  const results = await Promise.all(
    [1, 2].map(() =>
      failure({
        packages: ['alpha', 'large'],
        onProgress: (_, message) => {
          if (message.startsWith('waiting for another build')) waited.push(message);
        },
      }),
    ),
  );
  expect(results.map(({ code }) => code)).toEqual(['root-incomplete', 'root-incomplete']);
  expect(waited.length).toBeGreaterThan(0);
  expect(await roots()).toHaveLength(1);
  await expectNothingLeft();
});
