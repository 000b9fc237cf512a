import { describe, expect, it } from 'vitest';
import { deb, tables } from './fixture.ts';
import { planBuilds } from './plan.ts';

const names = (debs: Parameters<typeof planBuilds>[0], t: ReturnType<typeof tables>) =>
  planBuilds(debs, t).map((build) => ({ [build.name]: build.debs.map(({ name }) => name) }));

describe('which Debian packages become which EL packages', () => {
  it('keeps a name, renames one, joins several under one, leaves out the absent', () => {
    const t = tables({ rename: { libz1: 'zlib', xz: 'xz', 'xz-more': 'xz' }, absent: ['dpkg'] });
    expect(names([deb('bash'), deb('dpkg'), deb('libz1'), deb('xz-more'), deb('xz')], t)).toEqual([
      { bash: ['bash'] },
      { xz: ['xz', 'xz-more'] },
      { zlib: ['libz1'] },
    ]);
  });
  it('takes version and name of the first; parts share both', () => {
    const t = tables({
      packages: {
        'kernel-core': {
          debs: ['linux-image-6.*'],
          kernel: true,
          ghost: ['m/KERNEL/modules.dep'],
          parts: { kernel: { files: [] } },
        },
      },
    });
    const [build] = planBuilds([deb('linux-image-6.1.0-56-amd64', { version: '6.1.192-2' })], t);
    expect(build).toMatchObject({ name: 'kernel-core', kernel: '6.1.0-56-amd64', arch: 'x86_64' });
    expect(build!.packages[0]!.part.ghost).toEqual(['m/6.1.0-56-amd64/modules.dep']);
    expect(build!.evr).toEqual({ epoch: 0, version: '6.1.192', release: '2.el9' });
    expect(build!.packages.map(({ name }) => name)).toEqual(['kernel-core', 'kernel']);
  });
  it('makes packages of its own where the table gives a version, and no others without Debian packages', () => {
    const t = tables({ packages: { basesystem: { version: '11', noarch: true }, absent: {} } });
    expect(planBuilds([], t).map(({ name, arch, evr }) => [name, arch, evr.release])).toEqual([
      ['basesystem', 'noarch', '1.el9'],
    ]);
  });
  it('is noarch when every Debian package is', () => {
    const t = tables({ rename: { a: 'x', b: 'x' } });
    const all = { architecture: 'all' };
    expect(planBuilds([deb('a', all), deb('b', all)], t)[0]!.arch).toBe('noarch');
    expect(planBuilds([deb('a', all), deb('b')], t)[0]!.arch).toBe('x86_64');
  });
  it('refuses two sources of one package', () => {
    const t = tables({ packages: { a: { version: '1', parts: { b: { files: [] } } } } });
    expect(() => planBuilds([deb('b')], t)).toThrow('both a and b make the package b');
  });
});

describe('what packages require', () => {
  const t = tables({
    rename: { libc6: 'glibc', iproute2: 'iproute' },
    absent: ['dpkg'],
    unrequired: ['perl'],
    packages: { bash: { requires: ['explicit'], ground: true } },
  });
  const requires = (depends: string[][], ...others: ReturnType<typeof deb>[]) =>
    planBuilds([deb('tool', { depends }), ...others], t).find(({ name }) => name === 'tool')!.packages[0]!;

  it('names EL packages, takes the first alternative that is there, and forgets the rest', () => {
    const others = [deb('libc6'), deb('iproute2'), deb('dpkg'), deb('perl')];
    expect(
      requires([['libc6'], ['net-tools', 'iproute2'], ['dpkg'], ['perl'], ['nowhere']], ...others).requires,
    ).toEqual(['glibc', 'iproute']);
  });
  it('finds what provides a virtual package', () => {
    expect(requires([['awk']], deb('gawk', { provides: ['awk'] })).requires).toEqual(['gawk']);
  });
  it('never requires itself, and has filesystem before it', () => {
    expect(requires([['tool']])).toMatchObject({ requires: [], pre: ['filesystem'] });
  });
  it('leaves packages of the ground with what the table says', () => {
    const build = planBuilds([deb('bash', { depends: [['libc6']] }), deb('libc6')], t)[0]!;
    expect(build.packages[0]).toMatchObject({ requires: ['explicit'], pre: [] });
  });
});

describe('filesystem', () => {
  it('owns the shared folders, their modes and the links', () => {
    const layout = { folders: ['usr', 'tmp'], modes: { tmp: '1777' }, links: { bin: 'usr/bin' } };
    const t = tables({ packages: { filesystem: { version: '3', folders: true } }, layout });
    expect(planBuilds([], t)[0]!.packages[0]!.part).toMatchObject({
      folders: ['usr', 'tmp'],
      own: { tmp: { mode: '1777' } },
      links: { bin: 'usr/bin' },
    });
  });
});
