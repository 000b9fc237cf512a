import { describe, expect, it } from 'vitest';
import { matchHost } from '../../../pxe-server/hosts/match.ts';
import { type Listed, Roster } from '../../../pxe-server/hosts/roster.ts';
import { seeded } from '../../shared/random.ts';

const host = (id: string, change: Partial<Listed> = {}): Listed => ({
  ...{ id, name: `node-${id}`, macs: [], inventoryMacs: [], approved: true },
  ...change,
});

it('a host that is set again is found by what it is now, and one that is gone by nothing', () => {
  const roster = new Roster([
    host('a', { macs: ['m1'], serial: 'S1' }),
    host('b', { inventoryMacs: ['m2'] }),
  ]);
  roster.set(host('a', { macs: ['m3'], uuid: 'U-1' }));
  expect(roster.match({ mac: 'm1' })).toEqual({ kind: 'none' });
  expect(roster.match({ serial: 'S1' })).toEqual({ kind: 'none' });
  expect(roster.match({ mac: 'm3' })).toMatchObject({ host: { id: 'a' }, by: 'mac' });
  expect(roster.match({ uuid: 'u-1' })).toMatchObject({ host: { id: 'a' }, by: 'uuid' });
  expect(roster.delete('b')).toMatchObject({ id: 'b' });
  expect(roster.delete('b')).toBeUndefined();
  expect(roster.match({ mac: 'm2' })).toEqual({ kind: 'none' });
  expect([...roster].map(({ id }) => id)).toEqual(['a']);
  expect([roster.size, roster.get('a')?.uuid, roster.get('b')]).toEqual([1, 'U-1', undefined]);
});

it('counts the hosts that a serial alone is known of', () => {
  const roster = new Roster([
    host('a', { serial: 'S1' }),
    host('b', { serial: 'S2', macs: ['m'] }),
    host('c', { serial: 'S3', approved: false }),
  ]);
  expect(roster.knownBySerialAlone).toBe(1);
  roster.set(host('a', { serial: 'S1', macs: ['m1'] }));
  expect(roster.knownBySerialAlone).toBe(0);
  roster.set(host('b', { serial: 'S2' }));
  roster.delete('c');
  expect(roster.knownBySerialAlone).toBe(1);
  roster.delete('b');
  expect(roster.knownBySerialAlone).toBe(0);
});

describe('after any changes', () => {
  it.each([1, 2, 3])('it matches as a look through all of the hosts does (seed %i)', (seed) => {
    const random = seeded(seed);
    const below = (n: number) => Math.floor(random() * n);
    const some = (prefix: string, most: number) =>
      Array.from({ length: below(most) }, () => `${prefix}${below(6)}`);
    const roster = new Roster<Listed>();
    const model = new Map<string, Listed>();
    for (let step = 0; step < 2000; step++) {
      const id = `h${below(8)}`;
      if (below(4) === 0) {
        roster.delete(id);
        model.delete(id);
      } else {
        const serial = below(2) === 0 ? `S${below(5)}` : undefined;
        const uuid = below(2) === 0 ? `U${below(5)}` : undefined;
        const now = host(id, {
          macs: some('m', 3),
          inventoryMacs: some('m', 3),
          serial,
          uuid,
          approved: below(3) > 0,
        });
        roster.set(now);
        model.set(id, now);
      }
      const sighting = {
        mac: `m${below(6)}`,
        serial: below(2) ? `s${below(5)}` : undefined,
        uuid: `u${below(9)}`,
      };
      const hosts = [...model.values()];
      expect(roster.match(sighting)).toEqual(matchHost(hosts, sighting));
      expect(roster.knownBySerialAlone).toBe(
        hosts.filter(({ approved, serial, macs }) => approved && serial !== undefined && macs.length === 0)
          .length,
      );
    }
    expect(roster.size).toBe(model.size);
  });
});
