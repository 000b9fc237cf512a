import type { Fleet } from '../../builder/contract/fleet.ts';
import { RackhandError } from '../../builder/shared/errors.ts';

/** What of a host tells which drivers it needs. */
export interface Inventoried {
  name: string;
  inventory: { modaliases?: readonly string[] } | null;
}

/**
 * The devices of hosts as builds and `rackhand images fit` read them, in the order of names.
 * @param only names of the hosts to take; all when empty
 * @returns without: hosts that no agent has reported devices of
 * @throws RackhandError host-unknown | fleet-empty
 */
export function fleetOf(
  hosts: readonly Inventoried[],
  only: readonly string[] = [],
): { fleet: Fleet; without: string[] } {
  const unknown = only.filter((name) => !hosts.some((host) => host.name === name));
  if (unknown.length > 0) {
    throw new RackhandError(
      'host-unknown',
      `no host ${unknown.join(', ')}`,
      'rackhand hosts list shows their names',
    );
  }
  const chosen = hosts
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map(({ name, inventory }) => ({ name, modaliases: [...(inventory?.modaliases ?? [])].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = chosen.filter(({ modaliases }) => modaliases.length > 0);
  const without = chosen.filter(({ modaliases }) => modaliases.length === 0).map(({ name }) => name);
  if (known.length > 0) return { fleet: { hosts: known }, without };
  throw new RackhandError(
    'fleet-empty',
    'no host has reported its devices yet',
    'boot the machines with a Rackhand image: its agent sends an inventory',
  );
}
