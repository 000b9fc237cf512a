import { describe, expect, it } from 'vitest';
import { Recipe, Repository, UNCHECKED } from '../../../builder/recipe/schema.ts';
import {
  checkSignaturesArguments,
  dnfConf,
  downloadArguments,
  importKeyArguments,
  installArguments,
  installedArguments,
  installFilesArguments,
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
    expect(dnfConf(recipe)).toBe(`[main]
gpgcheck=1
localpkg_gpgcheck=1
install_weak_deps=False
tsflags=nodocs
keepcache=1
best=1
module_platform_id=platform:el9
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
  it('names mirrors and the certificates of an entitlement', () => {
    const entitled = Repository.parse({
      ...{ id: 'entitled', mirrorlist: 'https://cdn.example/list', gpgkey: 'file:///k' },
      ...{ sslclientcert: '/e/1.pem', sslclientkey: '/e/1-key.pem', sslcacert: '/e/ca.pem' },
    });
    expect(repoFile([entitled], () => '/w/home/k.asc')).toBe(`[entitled]
name=entitled
mirrorlist=https://cdn.example/list
sslclientcert=/e/1.pem
sslclientkey=/e/1-key.pem
sslcacert=/e/ca.pem
enabled=1
gpgcheck=1
gpgkey=file:///w/home/k.asc
`);
  });
  it('goes without signatures where the recipe says so in words, and only there', () => {
    const open = Repository.parse({ id: 'open', baseurl: 'file:///open', gpgcheck: UNCHECKED });
    const both = [recipe.repositories[0]!, open];
    expect(repoFile(both, (id) => `/w/home/${id}.asc`)).toBe(`[baseos]
name=baseos
baseurl=https://mirror.example/9/BaseOS/
enabled=1
gpgcheck=1
gpgkey=file:///w/home/baseos.asc

[open]
name=open
baseurl=file:///open
enabled=1
gpgcheck=0
`);
    expect(rpmMacros({ repositories: both })).toContain('%_pkgverify_level digest\n');
  });
  it('verifies once more in rpm, whose database is where EL has it', () => {
    expect(rpmMacros(recipe)).toBe('%_dbpath /var/lib/rpm\n%_install_langs C\n%_pkgverify_level all\n');
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
  it('install from files, asking no repository', () => {
    expect(installFilesArguments(recipe, paths, ['/c/a.rpm'], true)).toEqual([
      ...['dnf', '-y', ...COMMON, '-C', '--disablerepo=*', 'install', '/c/a.rpm'],
    ]);
    expect(installFilesArguments(recipe, paths, ['/c/a.rpm'], false)).toContain(
      '--setopt=localpkg_gpgcheck=0',
    );
    expect(importKeyArguments('/r', '/k.asc')).toEqual(['rpmkeys', '--root=/r', '--import', '/k.asc']);
    expect(checkSignaturesArguments('/r', ['/c/a.rpm'])).toEqual([
      ...['rpmkeys', '--root=/r', '--define=_pkgverify_level all', '--checksig', '/c/a.rpm'],
    ]);
  });
  it('never switch the signature check off', () => {
    for (const argv of [
      resolveArguments(recipe, paths),
      downloadArguments(recipe, paths, []),
      installArguments(recipe, paths, []),
      installFilesArguments(recipe, paths, [], true),
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
  it('name the folders of local repositories, and certificates of others', () => {
    expect(localSources(recipe)).toEqual(['/srv/my repo']);
    const client = { sslclientcert: '/e/1.pem', sslclientkey: '/e/1-key.pem', sslcacert: '/e/ca.pem' };
    const repositories = ['a', 'b'].map((id) =>
      Repository.parse({ id, baseurl: 'https://c.example/', gpgkey: 'file:///k', ...client }),
    );
    expect(localSources({ repositories })).toEqual(['/e/ca.pem', '/e/1.pem', '/e/1-key.pem']);
  });
});
