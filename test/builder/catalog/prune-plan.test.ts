import { describe, expect, it } from 'vitest';
import { hostsText, type PrunePolicy, planPrune } from '../../../builder/catalog/prune-plan.ts';
import { usersOf } from '../../../builder/catalog/users.ts';
import type { ImageUses } from '../../../builder/contract/uses.ts';

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}T00:00:00.000Z`;
const image = (id: string, name: string, builtAt: string | undefined, tags: string[] = []) => ({
  ...{ id: id.padEnd(16, '0'), name, builtAt, tags },
});
const IMAGES = [
  image('aaa1', 'lab', day(1)),
  image('aaa2', 'lab', day(2)),
  image('aaa3', 'lab', day(3)),
  image('aaa4', 'lab', day(4)),
  image('bbb0', 'rocky9', undefined),
  image('bbb1', 'rocky9', day(1)),
];
const uses = (change: Partial<ImageUses>): ImageUses => ({
  ...{ schema: 1, server: 'boot1', writtenAt: day(5), default: null, hosts: [] },
  ...change,
});
const host = (name: string, image: string | null, booted: string[] = []) => ({ name, image, booted });

describe('what goes', () => {
  it.each<[what: string, policy: PrunePolicy, remove: string[]]>([
    ['all but the newest of each recipe', { keep: 1 }, ['bbb0', 'aaa1', 'aaa2', 'aaa3']],
    ['all but the two newest', { keep: 2 }, ['aaa1', 'aaa2']],
    ['nothing, when more are kept than there are', { keep: 9 }, []],
    ['what is older, and never the newest', { keep: 1, before: Date.parse(day(3)) }, ['aaa1', 'aaa2']],
    ['nothing of that very moment', { keep: 1, before: Date.parse(day(1)) }, []],
    ['what is old by both', { keep: 3, before: Date.parse(day(9)) }, ['aaa1']],
  ])('%s', (_, policy, remove) => {
    const plan = planPrune(IMAGES, [], policy);
    expect(plan.remove.map(({ id }) => id.slice(0, 4))).toEqual(remove);
    expect(plan.keep).toHaveLength(IMAGES.length - remove.length);
    for (const { because } of plan.keep) expect(because).not.toEqual([]);
  });
});

describe('what stays', () => {
  it.each<[what: string, tags: string[], told: Partial<ImageUses>, because: string | undefined]>([
    ['nobody uses', [], {}, undefined],
    ['has tags', ['stable', 'v1'], {}, 'tag stable; tag v1'],
    ['a host names by its id', [], { hosts: [host('n1', 'aaa2'.padEnd(16, '0'))] }, 'used by n1'],
    ['a host names by digits', [], { hosts: [host('n1', 'aaa2')] }, 'used by n1'],
    ['a host names by its tag', ['stable'], { hosts: [host('n1', 'stable')] }, 'tag stable; used by n1'],
    ['a host was booted from', [], { hosts: [host('n1', 'lab', ['aaa2'.padEnd(16, '0')])] }, 'used by n1'],
    ['is a server’s default', [], { default: 'aaa2' }, 'default of server boot1'],
    [
      'hosts boot that name none',
      [],
      { default: 'aaa2', hosts: [host('n1', null)] },
      'default of server boot1; used by n1',
    ],
    [
      'a name may mean',
      [],
      { hosts: [host('n2', 'aaa'), host('n1', 'aaa2'), host('n1', 'aaa2')] },
      'used by n1',
    ],
    ['no host names, since its recipe means the newest', [], { hosts: [host('n1', 'lab')] }, undefined],
    ['a host names that another image is meant by', [], { hosts: [host('n1', 'none')] }, undefined],
  ])('an image that %s', (_, tags, told, because) => {
    const images = IMAGES.map((one) => (one.id.startsWith('aaa2') ? { ...one, tags } : one));
    const plan = planPrune(images, [uses(told)], { keep: 1 });
    const kept = plan.keep.find(({ image }) => image.id.startsWith('aaa2'));
    expect(kept?.because.join('; ')).toBe(because);
    expect(plan.remove.some(({ id }) => id.startsWith('aaa2'))).toBe(because === undefined);
  });

  it('every image that an ambiguous name fits', () => {
    const twins = [
      image('cccc1', 'lab', day(1)),
      image('cccc2', 'lab', day(2)),
      image('dddd', 'lab', day(3)),
    ];
    const plan = planPrune(twins, [uses({ hosts: [host('n1', 'cccc')] })], { keep: 1 });
    expect(plan.remove).toEqual([]);
  });
});

it('hosts of several servers are told together, in the order of their names', () => {
  const told = [
    uses({ hosts: [host('n2', 'lab')] }),
    uses({ server: 'boot2', default: 'lab', hosts: [host('n1', null)] }),
  ];
  expect(usersOf(IMAGES, told)).toEqual(
    new Map([['aaa4'.padEnd(16, '0'), { hosts: ['n1', 'n2'], servers: ['boot2'] }]]),
  );
});
it.each([
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('%j: %s', (hosts, text) => {
  expect(hostsText(hosts)).toBe(text);
});
