import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Recipe } from '../../../builder/recipe/schema.ts';
import {
  type DnfPaths,
  dnfConf,
  downloadArguments,
  installArguments,
  repoFile,
  rpmMacros,
} from '../../../builder/root/arguments.ts';
import { waitForLock } from '../../../builder/shared/lock.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { hostSandbox, rootSandbox } from '../../../builder/shared/process/sandbox.ts';
import { buildMirror, type Mirror } from './mirror.ts';
import { readTables, type Tables } from './tables.ts';

/** A mirror of a few small packages, made by the real tools and installed by the real dnf. */
const SEEDS = [
  'libc6',
  'libc-bin',
  'base-passwd',
  'base-files',
  'netbase',
  'ncurses-base',
  'bash',
  'jq',
  'tzdata',
];
const PACKAGES = ['bash', 'jq', 'tzdata', 'setup', 'rackhand-lab-release'];

let scratch: string;
let tables: Tables;
let mirror: Mirror;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp('/var/tmp/rackhand-mirror-test-'));
  tables = { ...(await readTables()), seeds: SEEDS };
  mirror = await buildMirror({ folder: join(scratch, 'mirror'), tables });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Installs with signature check; the root that came of it. */
async function install(name: string, repository: string, keyFile: string): Promise<string> {
  const paths: DnfPaths = {
    home: join(scratch, name, 'home'),
    temporary: join(scratch, name, 'tmp'),
    cache: join(scratch, name, 'cache'),
    root: join(scratch, name, 'root'),
  };
  const recipe = Recipe.parse({
    ...{ name: 'small', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'monolithic' },
    repositories: [{ id: 'lab', baseurl: `file://${repository}`, gpgkey: `file://${keyFile}` }],
    ...{ packages: PACKAGES, strip: [], ramRequired: 512 },
    compression: { squashfs: 'zstd-3', initramfs: 'zstd-3' },
  });
  for (const folder of [join(paths.home, 'repos.d'), paths.temporary, paths.cache, paths.root]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(join(paths.home, 'dnf.conf'), dnfConf(recipe));
  await writeFile(join(paths.home, '.rpmmacros'), rpmMacros(recipe));
  await writeFile(
    join(paths.home, 'repos.d/lab.repo'),
    repoFile(recipe.repositories, () => keyFile),
  );
  const { home, temporary } = paths;
  const sandbox = { root: paths.root, writable: [home, paths.cache], home, temporary };
  const env = { HOME: paths.home };
  await run(downloadArguments(recipe, paths, PACKAGES), { env });
  await run(hostSandbox(installArguments(recipe, paths, PACKAGES), sandbox), { env });
  return paths.root;
}

const rpm = async (name: string, ...argv: string[]) => {
  const home = join(scratch, name, 'home');
  const root = join(scratch, name, 'root');
  const temporary = join(scratch, name, 'tmp');
  const command = hostSandbox(['rpm', `--root=${root}`, ...argv], {
    ...{ root, writable: [home], home, temporary },
  });
  return (await run(command, { okCodes: [0, 1] })).stdout;
};

describe('the lab mirror', () => {
  it('says what it is in mirror.json', async () => {
    expect(JSON.parse(await readFile(join(scratch, 'mirror/mirror.json'), 'utf8'))).toEqual(mirror);
    expect(await readdir(mirror.repository)).toContain('repodata');
    expect(mirror.packages).toBe((await readdir(join(mirror.repository, 'Packages'))).length);
  });

  it('installs with signature check, and rpm finds every file as packaged', async () => {
    const root = await install('good', mirror.repository, mirror.keyFile);
    expect(await rpm('good', '-Va')).toBe('');
    expect(
      await rpm('good', '-qf', '--qf', '%{NAME} ', '/usr/bin/jq', '/etc/passwd', '/usr/bin/sh', '/bin'),
    ).toBe('jq setup bash filesystem ');
    expect(await rpm('good', '-q', '--qf', '%{SIGPGP:pgpsig}%{RSAHEADER:pgpsig}', 'jq')).toContain(
      'RSA/SHA256',
    );
    expect((await rpm('good', '-q', '--requires', 'jq')).split('\n')).toContain('libjq.so.1()(64bit)');
    const { stdout } = await run(
      rootSandbox(['sh', '-c', 'echo "[6,7]" | jq ".[0]*.[1]"; echo ~libvirt-qemu'], { root }),
    );
    expect(stdout).toBe('42\n/var/lib/libvirt\n');
    expect(await readlink(join(root, 'bin'))).toBe('usr/bin');
  });

  it('is refused when a package was changed after signing', async () => {
    const copy = join(scratch, 'tampered-repository');
    await run(['cp', '-rL', mirror.repository, copy]);
    const name = (await readdir(join(copy, 'Packages'))).find((file) => file.startsWith('jq-'))!;
    const file = join(copy, 'Packages', name);
    const bytes = await readFile(file);
    bytes[bytes.length - 9]! ^= 0xff;
    await writeFile(file, bytes);
    await run(['createrepo_c', '--quiet', '--no-database', copy]);
    await expect(install('tampered', copy, mirror.keyFile)).rejects.toThrow(
      /Problem opening package jq-1\.6[\s\S]*GPG check FAILED/,
    );
  });

  it('is refused with another key', async () => {
    const home = join(scratch, 'other-gnupg');
    await mkdir(home, { mode: 0o700 });
    const gpg = ['gpg', '--homedir', home, '--batch', '--no-tty', '--quiet', '--passphrase', ''];
    await run([...gpg, '--quick-generate-key', 'Other', 'rsa3072', 'sign', 'never']);
    const key = join(scratch, 'other.asc');
    await writeFile(key, (await run([...gpg, '--armor', '--export'])).stdout);
    await run(['gpgconf', '--homedir', home, '--kill', 'gpg-agent']);
    await expect(install('foreign', mirror.repository, key)).rejects.toThrow(
      /Public key for \S+ is not installed|GPG/,
    );
  });

  it('converts nothing again, and only what changed', async () => {
    const folder = join(scratch, 'mirror');
    const converted = async (changed: Tables) => {
      const lines: string[] = [];
      await buildMirror({ folder, tables: changed, progress: (line) => lines.push(line) });
      return lines.filter((line) => /^\d+\/\d+ /.test(line));
    };
    expect(await converted(tables)).toEqual([]);
    const jq = { ...tables.packages.which!, debs: ['jq', 'libjq1'], links: { 'usr/bin/jj': 'jq' } };
    expect(await converted({ ...tables, packages: { ...tables.packages, jq } })).toEqual(['1/1 jq']);
  });

  it('waits while another process builds it', async () => {
    const folder = join(scratch, 'mirror');
    const other = await waitForLock(join(folder, 'lock'), 'exclusive');
    const lines: string[] = [];
    const progress = (line: string) => {
      lines.push(line);
      if (lines.length === 1) void other.release();
    };
    expect((await buildMirror({ folder, tables, progress })).packages).toBe(mirror.packages);
    expect(lines[0]).toBe(`waiting for another build of ${folder} (process ${process.pid})`);
  });

  it('leaves nothing behind when it is cancelled, and goes on the next time', async () => {
    const folder = join(scratch, 'cancelled');
    const stopping = new AbortController();
    const progress = (line: string) => {
      if (/^2\/\d+ /.test(line)) stopping.abort(new Error('stopped by the test'));
    };
    await expect(buildMirror({ folder, tables, signal: stopping.signal, progress })).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(
      ['RPM-GPG-KEY-rackhand-lab', 'debs', 'facts.json', 'gnupg', 'rpms'].sort(),
    );
    expect(await agentsOf(folder)).toEqual([]);
    expect((await buildMirror({ folder, tables })).packages).toBe(mirror.packages);
  });
});

/** Processes that were started for a folder: gpg's agent is the one that could stay. */
async function agentsOf(folder: string): Promise<string[]> {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.startsWith('gpg-agent') && command.includes(folder)) found.push(command);
  }
  return found;
}
