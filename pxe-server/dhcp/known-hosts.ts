import type { BootRequest } from './classify.ts';

export interface Declared {
  macs: readonly string[];
  inventoryMacs: readonly string[];
  uuid?: string | undefined;
  approved: boolean;
}

/**
 * Machines that a person declared or approved, as far as DHCP can tell them: by a MAC of the declaration or of the
 * inventory, or by the UUID. It is no proof: who has the MAC gets the longer lease.
 */
export class KnownHosts {
  readonly #macs: ReadonlySet<string>;
  readonly #uuids: ReadonlySet<string>;

  constructor(hosts: readonly Declared[]) {
    const approved = hosts.filter((host) => host.approved);
    this.#macs = new Set(approved.flatMap(({ macs, inventoryMacs }) => [...macs, ...inventoryMacs]));
    this.#uuids = new Set(approved.flatMap(({ uuid }) => (uuid ? [uuid.toLowerCase()] : [])));
  }

  has({ mac, uuid }: Pick<BootRequest, 'mac' | 'uuid'>): boolean {
    return this.#macs.has(mac) || (uuid !== undefined && this.#uuids.has(uuid.toLowerCase()));
  }
}
