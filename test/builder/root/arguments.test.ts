import { describe, expect, it } from 'vitest';
import { Recipe } from '../../../builder/recipe/schema.ts';
import {
  dnfConf,
  downloadArguments,
  installArguments,
  installedArguments,
  localSources,
  ownersArguments,
  queryArguments,
  repoFile,
  resolveArguments,
  rpmMacros,
  showKeysArguments,
} from '../../../builder/root/arguments.ts';

const recipe = Recipe.parse({
  ...{ name: 'r', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'modular', strip: [] },
  repositories: [
    { id: 'baseos', baseurl: 'https://mirror.example/9/BaseOS/', gpgkey: 'https://mirror.example/KEY' },
    { id: 'local', baseurl: 'file:///srv/my%20repo', gpgkey: 'file:///srv/key' },
    { id: 'linked', metalink: 'https://mirror.example/metalink?repo=x&arch=x86_64', gpgkey: 'file:///k' },
  ],
  packages: ['kernel-core', 'qemu-kvm-core'],
  exclude: ['dracut-config-rescue', 'plymouth*'],
  compression: { squashfs: 'xz', initramfs: 'xz' },
  ramRequired: 2048,
});
const paths = { home: '/w/home', temporary: '/w/tmp', cache: '/c/dnf', root: '/w/root' };
const COMMON = [
  '--config=/w/home/dnf.conf',
  '--setopt=reposdir=/w/home/repos.d',
  '--setopt=varsdir=/w/home/absent',
  '--setopt=pluginconfpath=/w/home/absent',
  '--setopt=cachedir=/c/dnf',
  '--setopt=logdir=/w/home',
  '--installroot=/w/root',
  '--releasever=9',
  '--forcearch=x86_64',
  '--noplugins',
  '--exclude=dracut-config-rescue,plymouth*',
];

describe('what dnf reads', () => {
  it('checks signatures of every package, local ones too', () => {
    expect(dnfConf()).toBe(`[main]
gpgcheck=1
localpkg_gpgcheck=1
install_weak_deps=False
tsflags=nodocs
keepcache=1
best=1
skip_if_unavailable=0
plugins=0
zchunk=0
retries=5
timeout=30
`);
  });
  it('has each repository with a key that was fetched before', () => {
    expect(repoFile(recipe.repositories, (id) => `/w/home/${id}.asc`)).toBe(`[baseos]
name=baseos
baseurl=https://mirror.example/9/BaseOS/
enabled=1
gpgcheck=1
gpgkey=file:///w/home/baseos.asc

[local]
name=local
baseurl=file:///srv/my%20repo
enabled=1
gpgcheck=1
gpgkey=file:///w/home/local.asc

[linked]
name=linked
metalink=https://mirror.example/metalink?repo=x&arch=x86_64
enabled=1
gpgcheck=1
gpgkey=file:///w/home/linked.asc
`);
  });
  it('verifies once more in rpm, whose database is where EL has it', () => {
    expect(rpmMacros()).toBe('%_dbpath /var/lib/rpm\n%_install_langs C\n%_pkgverify_level all\n');
  });
});

describe('argument lists', () => {
  it('resolve without installing', () => {
    expect(resolveArguments(recipe, paths)).toEqual([
      'dnf',
      ...COMMON,
      ...['--refresh', '--assumeno', 'install', 'kernel-core', 'qemu-kvm-core'],
    ]);
  });
  it('query the metadata that is there', () => {
    const format =
      '%{name}|%{epoch}|%{version}|%{release}|%{arch}|%{repoid}|%{chksum}|%{size}|%{installsize}|%{buildtime}|%{location}';
    expect(queryArguments(recipe, paths, ['a-0:1-1.noarch'])).toEqual([
      ...['dnf', '-y', ...COMMON, '-q', '-C', 'repoquery', `--qf=${format}`, 'a-0:1-1.noarch'],
    ]);
  });
  it('download what the lock says', () => {
    expect(downloadArguments(recipe, paths, ['a-0:1-1.noarch'])).toEqual([
      ...['dnf', '-y', ...COMMON, '--downloadonly', 'install', 'a-0:1-1.noarch'],
    ]);
  });
  it('install from the cache', () => {
    expect(installArguments(recipe, paths, ['a-0:1-1.noarch'])).toEqual([
      ...['dnf', '-y', ...COMMON, '-C', 'install', 'a-0:1-1.noarch'],
    ]);
  });
  it('never switch the signature check off', () => {
    for (const argv of [
      resolveArguments(recipe, paths),
      downloadArguments(recipe, paths, []),
      installArguments(recipe, paths, []),
    ])
      expect(argv.filter((argument) => /gpgcheck/.test(argument))).toEqual([]);
  });
  it('leave exclude out when there is nothing to exclude', () => {
    expect(resolveArguments({ ...recipe, exclude: [] }, paths).join(' ')).not.toContain('--exclude');
  });
  it('read the package database', () => {
    expect(installedArguments('/r')).toEqual([
      ...['rpm', '--root=/r', '-qa', '--qf', '%{NAME}|%{EPOCHNUM}|%{VERSION}|%{RELEASE}|%{ARCH}\\n'],
    ]);
    expect(ownersArguments('/r')).toEqual([
      ...['rpm', '--root=/r', '-qa', '--qf', '[%{=NAME}|%{FILENAMES}\\n]'],
    ]);
  });
  it('show keys without importing them', () => {
    expect(showKeysArguments('/w/home', '/w/home/a.asc')).toEqual([
      ...['gpg', '--batch', '--no-autostart', '--homedir=/w/home', '--show-keys', '--with-colons'],
      '/w/home/a.asc',
    ]);
  });
  it('name the folders of local repositories', () => {
    expect(localSources(recipe)).toEqual(['/srv/my repo']);
  });
});
