import type { Recipe, Repository } from '../recipe/schema.ts';

/** What dnf and rpm are given: pure, asserted literally in the tests. */

/** Folders of one build's cache that dnf works with. */
export interface DnfPaths {
  /** dnf.conf and rackhand.repo, and the home folder of dnf and rpm. */
  home: string;
  /** Empty folder; their /tmp. */
  temporary: string;
  /** Metadata and packages, kept between builds. */
  cache: string;
  /** The image root. */
  root: string;
}

export function dnfConf(recipe: Recipe): string {
  return [
    '[main]',
    'gpgcheck=1',
    'localpkg_gpgcheck=1',
    'install_weak_deps=False',
    'tsflags=nodocs',
    'keepcache=1',
    'best=1',
    // An empty root has no os-release from which dnf could tell whose module streams are the default ones.
    `module_platform_id=platform:${recipe.base}`,
    'skip_if_unavailable=0',
    'plugins=0',
    'zchunk=0',
    'retries=5',
    'timeout=30',
    '',
  ].join('\n');
}

/** Debian's rpm keeps its database in the home folder: say where EL has it, and verify once more in rpm. */
export function rpmMacros({ repositories }: Pick<Recipe, 'repositories'>, database = '/var/lib/rpm'): string {
  const level = repositories.every(isChecked) ? 'all' : 'digest';
  return [`%_dbpath ${database}`, '%_install_langs C', `%_pkgverify_level ${level}`, ''].join('\n');
}

/** False where the recipe says, in so many words, that nobody checks. */
export function isChecked({ gpgcheck }: Repository): boolean {
  return gpgcheck === true;
}

/** The repo file; keys are local files by now, so that checking needs no network. */
export function repoFile(repositories: readonly Repository[], keyFile: (id: string) => string): string {
  return repositories
    .map((repository) =>
      [
        `[${repository.id}]`,
        `name=${repository.id}`,
        ...ADDRESSES.flatMap((key) => (repository[key] === undefined ? [] : [`${key}=${repository[key]}`])),
        'enabled=1',
        ...(isChecked(repository)
          ? ['gpgcheck=1', `gpgkey=file://${keyFile(repository.id)}`]
          : ['gpgcheck=0']),
        '',
      ].join('\n'),
    )
    .join('\n');
}

const ADDRESSES = [
  'baseurl',
  'metalink',
  'mirrorlist',
  'sslclientcert',
  'sslclientkey',
  'sslcacert',
] as const;

/** What dnf reads of this machine for its repositories: folders of file:// ones, and files of certificates. */
export function localSources({ repositories }: Pick<Recipe, 'repositories'>): string[] {
  const found = repositories.flatMap(({ baseurl, sslcacert, sslclientcert, sslclientkey }) => [
    baseurl?.startsWith('file://') ? decodeURIComponent(baseurl.slice('file://'.length)) : undefined,
    ...[sslcacert, sslclientcert, sslclientkey],
  ]);
  return [...new Set(found.filter((path) => path !== undefined))];
}

function dnf(recipe: Recipe, paths: DnfPaths, command: string[]): string[] {
  return [
    'dnf',
    '-y',
    `--config=${paths.home}/dnf.conf`,
    `--setopt=reposdir=${paths.home}/repos.d`,
    `--setopt=varsdir=${paths.home}/absent`,
    `--setopt=pluginconfpath=${paths.home}/absent`,
    `--setopt=cachedir=${paths.cache}`,
    `--setopt=logdir=${paths.home}`,
    `--installroot=${paths.root}`,
    `--releasever=${recipe.releasever}`,
    `--forcearch=${recipe.arch}`,
    '--noplugins',
    ...(recipe.exclude.length > 0 ? [`--exclude=${recipe.exclude.join(',')}`] : []),
    ...command,
  ];
}

/** Solves the dependencies and prints the transaction; exit code 1 is what --assumeno ends with. */
export function resolveArguments(recipe: Recipe, paths: DnfPaths): string[] {
  return dnf(recipe, paths, ['--refresh', '--assumeno', 'install', ...recipe.packages]).filter(
    (argument) => argument !== '-y',
  );
}

/** One line for each package: fields of LOCK_FIELDS separated by a bar. */
export const LOCK_FIELDS = [
  'name',
  'epoch',
  'version',
  'release',
  'arch',
  'repoid',
  'chksum',
  'size',
  'installsize',
  'buildtime',
  'location',
] as const;

export function queryArguments(recipe: Recipe, paths: DnfPaths, specs: readonly string[]): string[] {
  const format = LOCK_FIELDS.map((field) => `%{${field}}`).join('|');
  return dnf(recipe, paths, ['-q', '-C', 'repoquery', `--qf=${format}`, ...specs]);
}

/** Every package name that the repositories hold, for "did you mean". */
export function namesArguments(recipe: Recipe, paths: DnfPaths): string[] {
  return dnf(recipe, paths, ['-q', '-C', 'repoquery', '--qf=%{name}']);
}

/** Fetches the locked packages and checks their signatures; the only step with network. */
export function downloadArguments(recipe: Recipe, paths: DnfPaths, nevras: readonly string[]): string[] {
  return dnf(recipe, paths, ['--downloadonly', 'install', ...nevras]);
}

/** The transaction, from the cache alone; it runs without network. */
export function installArguments(recipe: Recipe, paths: DnfPaths, nevras: readonly string[]): string[] {
  return dnf(recipe, paths, ['-C', 'install', ...nevras]);
}

/**
 * The transaction from package files: no repository is asked, the database of the root has the keys. `checked` is
 * false only where the recipe accepts packages that nobody checks.
 */
export function installFilesArguments(
  recipe: Recipe,
  paths: DnfPaths,
  files: readonly string[],
  checked: boolean,
): string[] {
  const unchecked = checked ? [] : ['--setopt=localpkg_gpgcheck=0'];
  return dnf(recipe, paths, ['-C', '--disablerepo=*', ...unchecked, 'install', ...files]);
}

/** Signatures and digests of package files, by the keys in the database of the root. */
export function checkSignaturesArguments(root: string, files: readonly string[]): string[] {
  return ['rpmkeys', `--root=${root}`, '--define=_pkgverify_level all', '--checksig', ...files];
}

/** Puts a key into the package database of the root: what checks the files of installFilesArguments. */
export function importKeyArguments(root: string, file: string): string[] {
  return ['rpmkeys', `--root=${root}`, '--import', file];
}

/** Fingerprints of the keys in a file, machine-readable; nothing is imported. */
export function showKeysArguments(home: string, file: string): string[] {
  return ['gpg', '--batch', '--no-autostart', `--homedir=${home}`, '--show-keys', '--with-colons', file];
}

/** name|epoch|version|release|arch of each installed package. */
export function installedArguments(root: string): string[] {
  const format = '%{NAME}|%{EPOCHNUM}|%{VERSION}|%{RELEASE}|%{ARCH}\\n';
  return ['rpm', `--root=${root}`, '-qa', '--qf', format];
}

/** package|path of every file that a package owns. */
export function ownersArguments(root: string): string[] {
  return ['rpm', `--root=${root}`, '-qa', '--qf', '[%{=NAME}|%{FILENAMES}\\n]'];
}
