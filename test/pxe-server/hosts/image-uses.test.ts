import { describe, expect, it } from 'vitest';
import { imageUses, withBooted } from '../../../pxe-server/hosts/image-uses.ts';
import { Host } from '../../../pxe-server/hosts/model.ts';

const host = (name: string, change: Partial<Host> = {}): Host =>
  Host.parse({
    ...{ id: name, name, declared: true, approved: true, state: 'declared', reason: '' },
    ...{ createdAt: '', stateSince: '', lastSeen: null, inventory: null, certificateNotAfter: null },
    ...{ publicKey: null, managementAddress: null, ...change },
  });

it('every host tells what it is declared with and what it was booted from', () => {
  expect(imageUses([host('a', { image: 'stable', booted: ['1', '2'] }), host('b')], 'lab')).toEqual({
    default: 'lab',
    hosts: [
      { name: 'a', image: 'stable', booted: ['1', '2'] },
      { name: 'b', image: null, booted: [] },
    ],
  });
});

describe('a boot script', () => {
  it.each<[before: string[] | undefined, id: string, after: string[] | undefined]>([
    [undefined, 'a', ['a']],
    [['a'], 'a', undefined],
    [['a'], 'b', ['b', 'a']],
    [['b', 'a'], 'a', ['a', 'b']],
    [['b', 'a'], 'c', ['c', 'b']],
  ])('after those of %j: %s → %j', (before, id, after) => {
    expect(withBooted(before, id)).toEqual(after);
  });
});
