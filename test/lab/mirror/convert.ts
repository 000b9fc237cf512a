import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../builder/shared/process/run.ts';
import { fileLines, type OwnedPath } from './files.ts';
import { type SigningKey, signArguments } from './key.ts';
import { EPOCH, layBuildroot } from './payload.ts';
import type { Build } from './plan.ts';
import { renderSpec, type SpecPart } from './spec.ts';
import type { Tables } from './tables.ts';

const UNIT = /^usr\/lib\/systemd\/system\/([^/@]+\.(?:service|socket|timer|path|target))$/;
/** rpm's own generator of soname dependencies, and none of the others. */
const ELF_GENERATOR = [
  '%__elf_provides %{_rpmconfigdir}/elfdeps --provides %{?__filter_GLIBC_PRIVATE:--filter-private}',
  '%__elf_requires %{_rpmconfigdir}/elfdeps --requires',
  '%__elf_magic ^(setuid,? )?(setgid,? )?(sticky )?ELF (32|64)-bit.*$',
  '%__elf_flags exeonly',
  '',
].join('\n');

export interface ConvertOptions {
  tables: Tables;
  key: SigningKey;
  /** Scratch folder on the file system of `output`. */
  work: string;
  /** Where the signed packages go, in one step. */
  output: string;
  signal: AbortSignal;
}

/** Debian packages → signed RPMs in `output`. */
export async function convertBuild(build: Build, options: ConvertOptions): Promise<void> {
  const { tables, key, output, signal } = options;
  const folder = join(options.work, build.name);
  const rpms = join(folder, 'rpms');
  await mkdir(rpms, { recursive: true });
  try {
    const owned = await layBuildroot(build, tables, folder, signal);
    const spec = renderSpec(build, await specParts(build, owned, join(folder, 'root')));
    await writeFile(join(folder, `${build.name}.spec`), spec);
    await makePackages(build, folder, signal);
    const files = (await readdir(rpms)).map((name) => join(rpms, name));
    await run(signArguments(key, files), {
      signal,
      need: 'rpmsign (package rpm) signs the packages',
      env: { HOME: folder }, // settings of whoever runs this do not count
    });
    await rm(output, { recursive: true, force: true });
    await rename(rpms, output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function specParts(
  build: Build,
  owned: ReadonlyMap<string, OwnedPath[]>,
  root: string,
): Promise<SpecPart[]> {
  const parts: SpecPart[] = [];
  for (const planned of build.packages) {
    const paths = [...owned.get(planned.name)!].sort((a, b) => (a.path < b.path ? -1 : 1));
    const units: string[] = [];
    for (const { path, kind } of paths) {
      const unit = UNIT.exec(path)?.[1];
      if (unit && kind === 'file' && /^\[Install\]/m.test(await readFile(join(root, path), 'utf8')))
        units.push(unit);
    }
    parts.push({ package: planned, files: fileLines(paths, planned.part), units });
  }
  return parts;
}

async function makePackages(build: Build, folder: string, signal: AbortSignal): Promise<void> {
  const home = join(folder, 'home');
  const attributes = join(folder, 'fileattrs');
  await mkdir(home);
  await mkdir(attributes);
  await writeFile(join(attributes, 'elf.attr'), ELF_GENERATOR);
  const definitions = {
    _topdir: join(folder, 'top'),
    _builddir: home,
    _rpmdir: join(folder, 'rpms'),
    _rpmfilename: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    _fileattrsdir: attributes,
    _dbpath: join(home, 'rpmdb'),
    _tmppath: home,
    _smp_build_ncpus: '2',
  };
  const argv = [
    ...['rpmbuild', '-bb', '--nodeps', '--buildroot', join(folder, 'root')],
    ...Object.entries(definitions).flatMap(([name, value]) => ['--define', `${name} ${value}`]),
    join(folder, `${build.name}.spec`),
  ];
  await run(argv, {
    signal,
    need: 'rpmbuild (package rpm) makes the packages of the lab mirror',
    env: { HOME: home, SOURCE_DATE_EPOCH: String(EPOCH) },
  });
}
