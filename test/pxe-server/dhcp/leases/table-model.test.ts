import { expect, it } from 'vitest';
import type { Lease, Pool, Reservations } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { inNetwork, type Network, parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { seeded } from '../../../shared/random.ts';

/** The same table in plain maps, written for the eye. */
class Model {
  readonly leases = new Map<number, Lease>();
  readonly #newest = new Map<string, number>();
  readonly #offers = new Map<string, number>();

  put(lease: Lease, key: string): void {
    const offer = this.#offers.get(key);
    if (offer !== undefined && offer !== lease.address) this.drop(offer);
    this.#forget(lease.address);
    this.leases.set(lease.address, lease);
    if (lease.state === 'offered') this.#offers.set(key, lease.address);
    else if (lease.state !== 'declined') this.#newest.set(key, lease.address);
  }

  drop(address: number): void {
    this.#forget(address);
    this.leases.delete(address);
  }

  of(key: string): Lease | undefined {
    return this.leases.get(this.#newest.get(key) ?? this.#offers.get(key) ?? -1);
  }

  offerTo(key: string): Lease | undefined {
    return this.leases.get(this.#offers.get(key) ?? -1);
  }

  #forget(address: number): void {
    for (const index of [this.#newest, this.#offers])
      for (const [key, held] of index) if (held === address) index.delete(key);
  }
}

const networks = ['10.0.0.0/24', '10.0.1.0/26', '192.0.2.0/24'].map((cidr) => parseCidr(cidr)!);
const nobody: Reservations = { addressOf: () => undefined, clientOf: () => undefined };
const STATES = ['offered', 'bound', 'bound', 'released', 'declined'] as const;

it.each([1, 2, 3, 4])('does what plain maps do, whatever comes (seed %i)', (seed) => {
  const random = seeded(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const table = new LeaseTable(networks);
  const model = new Model();
  const client = () => {
    const number = pick(40);
    return number < 25 ? `52:54:00:00:00:${(16 + number).toString(16)}` : `id:${number}`;
  };
  const counts = { put: 0, dropped: 0, given: 0 };
  for (let step = 0; step < 4000; step++) {
    const network = networks[pick(networks.length)]!;
    const who = client();
    const key = `${network.first} ${who}`;
    const address = network.first + 2 + pick(30);
    const now = step * 10;
    const lease: Lease = {
      address,
      client: who,
      state: STATES[pick(STATES.length)]!,
      expires: now + pick(3000),
    };
    const action = pick(4);
    if (action < 2) {
      table.put(lease);
      model.put(lease, key);
      counts.put += 1;
    } else if (action === 2) {
      const held = model.leases.get(address);
      table.drop(held);
      if (held) model.drop(address);
      counts.dropped += held ? 1 : 0;
    } else counts.given += chosen(table, model, network, who, now) ? 1 : 0;
    expect(table.at(address)).toEqual(model.leases.get(address));
    expect(table.of(who, network)).toEqual(model.of(key));
    expect(table.offerTo(who, network)).toEqual(model.offerTo(key));
    expect(table.size).toBe(model.leases.size);
  }
  expect([...table.all()].sort((a, b) => a.address - b.address)).toEqual(
    [...model.leases.values()].sort((a, b) => a.address - b.address),
  );
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(100);
});

/** Gives an address, and checks it: one of the pool that is free; none only if there is none. */
function chosen(table: LeaseTable, model: Model, network: Network, client: string, now: number): boolean {
  const pool: Pool = {
    network,
    ranges: [{ from: network.first + 2, to: network.first + 31 }],
    excluded: new Set([network.first + 5]),
  };
  const isOver = (lease: Lease) => lease.state === 'released' || lease.expires <= now;
  const mayHave = (address: number) => {
    const lease = model.leases.get(address);
    return !lease || isOver(lease) || (lease.client === client && lease.state !== 'declined');
  };
  const address = table.choose(pool, client, undefined, nobody, now);
  const all = Array.from({ length: 30 }, (_, i) => network.first + 2 + i).filter(
    (a) => a !== network.first + 5,
  );
  if (address === undefined) {
    // Looked through at most once a second of this clock.
    expect(all.filter((one) => mayHave(one) && !model.leases.has(one)).length).toBeLessThan(30);
    return false;
  }
  expect(inNetwork(network, address) && address !== network.first + 5 && mayHave(address)).toBe(true);
  const before = model.leases.get(address);
  const key = `${network.first} ${client}`;
  const own = [model.of(key)?.address, model.offerTo(key)?.address].includes(address);
  if (before && !own) {
    // Somebody's former address: none was free that nobody had, and none was given up earlier.
    const over = all.filter((one) => model.leases.has(one) && isOver(model.leases.get(one)!));
    expect(Math.min(...over.map((one) => model.leases.get(one)!.expires))).toBe(before.expires);
  }
  return true;
}
