import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explain, RackhandError } from '../../../builder/shared/errors.ts';
import { lockBuild } from '../../../builder/worker/start.ts';

let base: string;
let recipe: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-worker-'));
  recipe = join(base, 'fixture.yaml');
  await writeFile(
    recipe,
    `name: fixture
base: el9
releasever: "9"
arch: x86_64
repositories: [{ id: fixture, baseurl: "file:///nowhere", gpgkey: "file:///nowhere/key" }]
packages: [bash]
strip: []
ramRequired: 1024
compression: { squashfs: zstd-1, initramfs: zstd-3 }
`,
  );
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function failure(changes: object): Promise<unknown> {
  const given = { recipe, cache: join(base, 'cache'), catalog: join(base, 'catalog') };
  return lockBuild({ ...given, ...changes, progress: () => undefined }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

it('an error with a mend comes through as it is', async () => {
  expect(await failure({})).toMatchObject({ name: 'RackhandError', code: 'key-unreachable' });
  await writeFile(join(base, 'file'), '');
  expect(await failure({ cache: join(base, 'file') })).toMatchObject({ code: 'folder-unusable' });
});

it('a defect stays a defect, with where it happened', async () => {
  const error = await failure({ variables: null });
  expect(error).not.toBeInstanceOf(RackhandError);
  expect(explain(error)).toMatch(/^internal error: TypeError: .*\n.*\n +at \w+ \(.*builder\//);
});

it('what a build makes has the same modes under any umask', async () => {
  const before = process.umask(0o077);
  try {
    const cache = join(base, 'masked');
    expect(await failure({ cache })).toMatchObject({ code: 'key-unreachable' });
    expect((await stat(join(cache, 'stages'))).mode & 0o777).toBe(0o755);
  } finally {
    process.umask(before);
  }
});
