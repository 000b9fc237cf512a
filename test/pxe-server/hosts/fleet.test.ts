import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../builder/contract/fleet.ts';
import { fleetOf } from '../../../pxe-server/hosts/fleet.ts';

const host = (name: string, ...modaliases: string[]) => ({ name, inventory: { modaliases } });
const hosts = [host('b', 'usb:x', 'pci:y'), host('a', 'pci:z'), { name: 'c', inventory: null }, host('d')];

describe('fleet of the hosts', () => {
  it('those with devices, in order; the others are named', () => {
    const { fleet, without } = fleetOf(hosts);
    expect(Fleet.parse(fleet)).toEqual({
      hosts: [
        { name: 'a', modaliases: ['pci:z'] },
        { name: 'b', modaliases: ['pci:y', 'usb:x'] },
      ],
    });
    expect(without).toEqual(['c', 'd']);
  });
  it('only those that are named', () => {
    expect(fleetOf(hosts, ['b']).fleet.hosts.map(({ name }) => name)).toEqual(['b']);
    expect(() => fleetOf(hosts, ['b', 'x'])).toThrow(expect.objectContaining({ code: 'host-unknown' }));
  });
  it('none with devices is an error', () => {
    expect(() => fleetOf(hosts, ['c', 'd'])).toThrow(expect.objectContaining({ code: 'fleet-empty' }));
    expect(() => fleetOf([])).toThrow(expect.objectContaining({ code: 'fleet-empty' }));
  });
});
