import { RackhandError } from '../../builder/shared/errors.ts';

/** What of a host no other host may have too. */
export interface Identified {
  id: string;
  name: string;
  approved: boolean;
  macs: readonly string[];
  serial?: string | undefined;
  uuid?: string | undefined;
  address?: string | undefined;
  address6?: string | undefined;
}

/**
 * Refuses hosts that share a name, MAC, serial, UUID or reserved address with each other or with one of
 * `others`; an entry of `others` with the id of a wanted one is its old self and does not count. Serials and
 * UUIDs are compared as machines are matched to them: without case.
 * @throws RackhandError host-collides naming what collides, whose it is and what to do
 */
export function refuseCollisions(wanted: readonly Identified[], others: Iterable<Identified>): void {
  const taken = new Map<string, Identified>();
  const ids = new Set(wanted.map((host) => host.id));
  for (const host of wanted) {
    for (const [key, told] of identities(host)) {
      const holder = taken.get(key);
      if (holder && holder !== host) throw collision(host, told, holder);
      taken.set(key, host);
    }
  }
  for (const holder of others) {
    if (ids.has(holder.id)) continue;
    for (const [key, told] of identities(holder)) {
      const host = taken.get(key);
      if (host) throw collision(host, told, holder);
    }
  }
}

/** Pairs of what is compared and how people read it. */
function identities(host: Identified): [key: string, told: string][] {
  const found: [string, string][] = [[`name ${host.name}`, `name ${host.name}`]];
  for (const mac of host.macs) found.push([`MAC ${mac}`, `MAC ${mac}`]);
  if (host.serial) found.push([`serial ${host.serial.toLowerCase()}`, `serial ${host.serial}`]);
  if (host.uuid) found.push([`UUID ${host.uuid.toLowerCase()}`, `UUID ${host.uuid}`]);
  for (const address of [host.address, host.address6])
    if (address) found.push([`address ${address}`, `address ${address}`]);
  return found;
}

function collision(wanted: Identified, told: string, holder: Identified): RackhandError {
  const what =
    holder.name === wanted.name
      ? `${told} belongs to a host that exists`
      : `${told}, wanted for ${wanted.name}, belongs to host ${holder.name}`;
  return new RackhandError('host-collides', what, mend(wanted, told, holder));
}

function mend(wanted: Identified, told: string, holder: Identified): string {
  if (holder.name === wanted.name) return `change it instead: rackhand hosts set ${holder.name} …`;
  if (holder.approved) return `take ${told} from one of the two, or remove ${holder.name}`;
  return `remove the machine that waits for approval, and boot it again: rackhand hosts remove ${holder.name}`;
}
