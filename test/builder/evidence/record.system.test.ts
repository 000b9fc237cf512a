import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LicenceIndex } from '../../../builder/evidence/licences.ts';
import { type InstalledRecord, recordPackages } from '../../../builder/evidence/record.ts';
import { signatureLine, signatureReport } from '../../../builder/evidence/unsigned.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { type Keyring, makeKey, makePackages } from '../fixture-repository.ts';

// The real rpm's database of a root without documents, and the real tar.

let base: string;
let keys: Keyring;
let files: Record<string, string>;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-record-'));
  keys = await makeKey(join(base, 'key'), 'Fixture');
  await makePackages(join(base, 'signed'), [{ name: 'alpha', licence: 'Do what you like.' }], keys);
  await makePackages(join(base, 'plain'), [
    { name: 'beta', document: 'Ask before you do.' },
    { name: 'gamma', licence: 'Do what you like.' },
    { name: 'delta' },
  ]);
  const file = (folder: string, name: string) =>
    join(base, folder, `repository/Packages/${name}-1-1.noarch.rpm`);
  files = {
    alpha: file('signed', 'alpha'),
    ...Object.fromEntries(['beta', 'gamma', 'delta'].map((name) => [name, file('plain', name)])),
  };
  await mkdir(join(base, 'root/etc'), { recursive: true });
  await writeFile(join(base, '.rpmmacros'), '%_dbpath /var/lib/rpm\n');
  const rpm = (...argv: string[]) => run(argv, { env: { HOME: base } });
  await rpm('rpmkeys', `--root=${join(base, 'root')}`, '--import', keys.file);
  const options = ['--install', '--nodeps', '--nosignature', '--excludedocs'];
  await rpm('rpm', `--root=${join(base, 'root')}`, ...options, ...Object.values(files));
  await writeFile(
    join(base, 'root/etc/os-release'),
    'ID="rocky"\nVERSION_ID="9.5"\nPRETTY_NAME="Rocky Linux 9.5"\nCPE_NAME="cpe:/o:rocky:rocky:9::baseos"\n',
  );
});
afterAll(() => rm(base, { recursive: true, force: true }));

interface Recorded {
  record: InstalledRecord;
  index: LicenceIndex;
  /** Names in the archive → bytes. */
  text: (file: string) => Promise<string>;
  archive: Buffer;
}

async function take(withFiles = true): Promise<Recorded> {
  const work = join(base, `work-${count++}`);
  const [home, temporary, scratch, folder] = ['home', 'tmp', 'scratch', 'out'].map((name) =>
    join(work, name),
  );
  for (const one of [home, temporary, scratch, folder]) await mkdir(one!, { recursive: true });
  await writeFile(join(home!, '.rpmmacros'), '%_dbpath /var/lib/rpm\n');
  const paths = { home: home!, temporary: temporary!, cache: work, root: join(base, 'root') };
  const packageFiles = async (names: readonly string[]) => names.map((name) => files[name]!);
  const options = { scratch: scratch!, epoch: 1_735_689_600 };
  await recordPackages(paths, folder!, { ...options, ...(withFiles ? { packageFiles } : {}) });
  const tar = join(folder!, 'licences.tar.gz');
  const text = async (file: string) =>
    (await run(['tar', '--extract', '--gzip', '--to-stdout', `--file=${tar}`, `licences/${file}`])).stdout;
  return {
    record: JSON.parse(await readFile(join(folder!, 'installed.json'), 'utf8')),
    index: JSON.parse(await text('index.json')),
    ...{ text, archive: await readFile(tar) },
  };
}

describe('the package database of a root', () => {
  it('tells of each package what is in its header, and of the system what it is', async () => {
    const { record } = await take();
    expect(record.distribution).toEqual({
      ...{ id: 'rocky', version: '9.5', name: 'Rocky Linux 9.5', cpe: 'cpe:/o:rocky:rocky:9::baseos' },
    });
    expect(record.packages.map(({ name }) => name)).toEqual(['alpha', 'beta', 'delta', 'gamma']);
    expect(record.packages[0]).toEqual({
      ...{ name: 'alpha', epoch: 0, version: '1', release: '1', arch: 'noarch', size: expect.any(Number) },
      ...{ summary: 'fixture', licence: 'none', sourceRpm: 'alpha-1-1.src.rpm' },
      headerSha256: (await run(['rpm', '-qp', '--nosignature', '--qf', '%{SHA256HEADER}', files.alpha!]))
        .stdout,
      signature: {
        algorithm: expect.stringMatching(/^RSA\/SHA\d+$/),
        keyId: keys.fingerprint.slice(-16).toLowerCase(),
      },
    });
  });

  it('tells who signed, and what nobody signed', async () => {
    const report = signatureReport((await take()).record);
    const id = keys.fingerprint.slice(-16).toLowerCase();
    expect(report.keys).toEqual([{ id, owner: 'Fixture', packages: 1 }]);
    expect(report.unsigned).toEqual(['beta', 'delta', 'gamma'].map((name) => `${name}-0:1-1.noarch`));
    expect(signatureLine(report)).toBe(
      `UNSIGNED: 3 of 4 packages: ${report.unsigned.join(', ')}; the others by Fixture (${id})`,
    );
  });
});

describe('licence texts', () => {
  it('are kept once each, also those among documents, which were not installed', async () => {
    const { index, record, text } = await take();
    const [same, asked] = ['Do what you like.\n', 'Ask before you do.\n'].map(
      (one) => `texts/${sha256(one)}`,
    );
    expect(index.packages.map(({ package: name, from, texts }) => [name, from, texts])).toEqual([
      ['alpha', 'itself', [{ path: 'usr/share/licenses/alpha/LICENSE', file: same }]],
      ['beta', 'itself', [{ path: 'usr/share/doc/beta/COPYING', file: asked }]],
      ['delta', 'nothing', []],
      ['gamma', 'itself', [{ path: 'usr/share/licenses/gamma/LICENSE', file: same }]],
    ]);
    expect(await text(asked!)).toBe('Ask before you do.\n');
    expect(record.withoutText).toEqual(['delta']);
  });
  it('of documents are not known where there is no package file, and that is said', async () => {
    expect((await take(false)).record.withoutText).toEqual(['beta', 'delta']);
  });
  it('give the same archive under another umask', async () => {
    const { archive } = await take();
    const before = process.umask(0o077);
    try {
      expect((await take()).archive.equals(archive)).toBe(true);
    } finally {
      process.umask(before);
    }
  });
});
