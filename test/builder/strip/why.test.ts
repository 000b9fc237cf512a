import { describe, expect, it } from 'vitest';
import { makeContents, packContents, unpackContents } from '../../../builder/strip/contents.ts';
import { planStrip } from '../../../builder/strip/plan.ts';
import { explainPath } from '../../../builder/strip/why.ts';
import { facts, file, input, link, module, modulePath, rules, UNLESS } from './root-fixture.ts';

const given = input(
  {
    entries: [
      ...[file('usr/bin/app'), file('usr/lib64/liba.so.1'), file('usr/lib64/libb.so.1')],
      ...[file('usr/share/doc/app/README', 500), link('usr/share/readme', 'doc/app/README')],
    ],
    files: [facts('usr/bin/app', { libraries: ['liba.so.1'] })],
    modules: [module('kernel/nic', { depends: ['bus'] }), module('kernel/bus'), module('kernel/snd')],
    owners: { 'usr/share/doc/app/README': ['app'], 'usr/bin/app': ['app'] },
  },
  rules(
    'drop usr/share/doc/**',
    ['drop usr/lib64/**', UNLESS],
    ['drop-module **', UNLESS],
    'keep-module nic',
  ),
);
const contents = unpackContents(packContents(makeContents(given, planStrip(given))));
const why = (path: string) => explainPath(contents, path)[0]!;

describe('why', () => {
  it('something gone: the rule, the package, its bytes', () => {
    expect(why('/usr/share/doc/app/README')).toEqual({
      ...{ path: 'usr/share/doc/app/README', keep: false, bytes: 500, packages: ['app'] },
      because: 'rule r:0 (drop: reason 0) removes it',
      ...{ neededBy: ['/usr/share/readme (gone too)'], needs: [] },
    });
  });
  it.each([
    ['/usr/bin/app', true, 'no rule names it, so it stays'],
    ['/usr/lib64/liba.so.1', true, '/usr/bin/app needs it, so rule r:1 (drop: reason 1) spares it'],
    ['/usr/lib64/libb.so.1', false, 'rule r:1 (drop: reason 1) removes it'],
    [
      '/usr/share/readme',
      false,
      'it points to /usr/share/doc/app/README, which rule r:0 (drop: reason 0) removes',
    ],
    ['nic', true, 'rule r:3 (keep-module: reason 3) keeps it'],
    ['snd', false, 'rule r:2 (drop-module: reason 2) removes it'],
    [
      `/${modulePath('kernel/bus')}`,
      true,
      `/${modulePath('kernel/nic')} needs it, so rule r:2 (drop-module: reason 2) spares it`,
    ],
  ])('%s', (path, keep, because) => {
    expect(why(path)).toMatchObject({ keep, because });
  });
  it('tells what a kept file needs and what needs it', () => {
    expect(why('nic').needs).toEqual(['module bus']);
    expect(why('bus').neededBy).toEqual([`/${modulePath('kernel/nic')}`]);
  });
  it('what stays comes before what went; a hypervisor is told by its feature', () => {
    const provider = contents.paths.find(({ path }) => path === 'usr/lib64/liba.so.1')!;
    const user = (path: string, keep: boolean, name: string): typeof provider => ({
      ...{ path, kind: 'file', size: 1, owners: [], keep, why: 'unnamed' },
      needs: [['library', name, [provider.path]]],
    });
    const paths = [
      provider,
      user('usr/a', false, 'x'),
      user('usr/b', true, 'x'),
      user('(hypervisor)', true, 'QEMU'),
    ];
    const [found] = explainPath({ ...contents, paths }, provider.path);
    expect(found!.neededBy).toEqual(['/usr/b', 'a hypervisor, for QEMU', '/usr/a (gone too)']);
  });
  it('a path that never was is an error with those that look alike', () => {
    expect(() => explainPath(contents, '/usr/share/README')).toThrow(
      expect.objectContaining({ code: 'path-unknown', mend: 'did you mean /usr/share/doc/app/README?' }),
    );
    expect(() => explainPath(contents, 'nouveau')).toThrow(expect.objectContaining({ code: 'path-unknown' }));
  });
});
