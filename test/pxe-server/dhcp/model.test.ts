import { expect, it } from 'vitest';
import { ipv4Number, ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { seeded } from '../../shared/random.ts';
import { Desk, type Told } from './desk.ts';
import { type MessageParts, macOf } from './packets.ts';

const LEASE_MS = 3600_000;
const DECLINED_MS = 600_000;
const SERVERS = ['198.51.100.1', '203.0.113.1'];
const PREFIXES = ['198.51.100.', '203.0.113.'];
const RANGES: [string, string][] = PREFIXES.map((prefix) => [`${prefix}10`, `${prefix}15`]);
const MACS = Array.from({ length: 9 }, (_, i) => macOf(i + 1));

type Link = 0 | 1;
/** What the machines believe, and what a server owes them for it. */
class Model {
  readonly desk = new Desk({ ranges: RANGES });
  /** Machine and link → the address that it was given. */
  readonly #holds = new Map<string, { mac: string; address: string; until: number }>();
  readonly #offers = new Map<string, string>();
  readonly #declined = new Map<string, number>();
  readonly #lastSearch = [-1e9, -1e9];
  readonly counts: Record<string, number> = {};

  offered(mac: string): string | undefined {
    return this.#offers.get(mac);
  }

  held(mac: string, link: Link): string | undefined {
    const hold = this.#holds.get(`${mac} ${link}`);
    return hold && hold.until > this.desk.now ? hold.address : undefined;
  }

  discover(mac: string, link: Link, parts: MessageParts): void {
    const told = this.#count(this.desk.send('discover', { mac, ...parts }, link));
    const { now } = this.desk;
    if (told.address) {
      this.#mayHave(mac, link, told.address);
      this.#offers.set(mac, told.address);
    } else if (this.#reserved(mac, link) === undefined && now - this.#lastSearch[link]! >= 1000) {
      expect(this.#free(mac, link)).toEqual([]);
    }
    this.#lastSearch[link] = now;
  }

  request(mac: string, link: Link, parts: MessageParts): void {
    const told = this.#count(this.desk.send('request', { mac, ...parts }, link));
    const key = `${mac} ${link}`;
    if (told.kind === 'ack') {
      const address = told.address!;
      this.#mayHave(mac, link, address);
      this.#holds.set(key, { mac, address, until: this.desk.now + LEASE_MS });
    } else if (told.kind === 'nak') this.#holds.delete(key);
  }

  /** A machine that has a lease may go on with it, unless the operator wants otherwise. */
  renew(mac: string, link: Link): void {
    const address = this.held(mac, link);
    if (address === undefined) return;
    const reserved = this.#reserved(mac, link);
    const promised = this.#promised(address);
    this.request(mac, link, { ciaddr: address });
    const ours = reserved === address || (reserved === undefined && addressesOf(link).includes(address));
    const wanted = ours && (promised ?? mac) === mac;
    if (wanted && !this.desk.diskFails) expect(this.held(mac, link)).toBe(address);
  }

  giveUp(type: 'release' | 'decline', mac: string, link: Link): void {
    const address = this.held(mac, link);
    // Whether a quarantine that could not be written outlives a restart is not promised.
    if (address === undefined || (type === 'decline' && this.desk.diskFails)) return;
    this.#count(this.desk.send(type, { mac, ciaddr: address, requested: address }, link));
    this.#holds.delete(`${mac} ${link}`);
    if (type === 'decline') this.#declined.set(address, this.desk.now + DECLINED_MS);
  }

  check(): void {
    const { now } = this.desk;
    const held = [...this.#holds.values()].filter(({ until }) => until > now).map(({ address }) => address);
    expect(new Set(held).size).toBe(held.length);
    expect(this.desk.table.size).toBeLessThanOrEqual(2 * 6 + 2 * MACS.length);
  }

  /** An address that is offered or given is one of ours, and nobody else's. */
  #mayHave(mac: string, link: Link, address: string): void {
    const reserved = this.#reserved(mac, link);
    if (reserved !== undefined) expect(address).toBe(reserved);
    else expect(addressesOf(link)).toContain(address);
    expect(this.#promised(address) ?? mac).toBe(mac);
    expect(this.#holder(address) ?? mac).toBe(mac);
    expect(this.#declined.get(address) ?? 0).toBeLessThanOrEqual(this.desk.now);
  }

  /** Addresses that a machine could be offered: the server keeps none of them for another. */
  #free(mac: string, link: Link): string[] {
    return addressesOf(link).filter((address) => {
      const promised = (this.#promised(address) ?? mac) !== mac;
      const lease = this.desk.table.at(ipv4Number(address));
      const kept = lease && lease.state !== 'released' && lease.expires > this.desk.now;
      return !promised && !(kept && (lease.client !== mac || lease.state === 'declined'));
    });
  }

  #holder(address: string): string | undefined {
    const { now } = this.desk;
    return [...this.#holds.values()].find((hold) => hold.address === address && hold.until > now)?.mac;
  }

  #reserved(mac: string, link: Link): string | undefined {
    const address = this.desk.reserved.get(mac);
    return address?.startsWith(PREFIXES[link]!) ? address : undefined;
  }

  #promised(address: string): string | undefined {
    return [...this.desk.reserved].find(([, reserved]) => reserved === address)?.[0];
  }

  #count(told: Told): Told {
    this.counts[told.kind] = (this.counts[told.kind] ?? 0) + 1;
    return told;
  }
}

function addressesOf(link: Link): string[] {
  const [from, to] = RANGES[link]!.map(ipv4Number) as [number, number];
  return Array.from({ length: to - from + 1 }, (_, i) => ipv4Text(from + i));
}

it.each([1, 2, 3, 4])('no two machines ever have one address, and none loses its own (seed %i)', (seed) => {
  const random = seeded(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const model = new Model();
  const { desk } = model;
  for (let step = 0; step < 6000; step++) {
    const mac = MACS[upTo(MACS.length)]!;
    const link = upTo(2) as Link;
    const any = `${PREFIXES[link]}${8 + upTo(10)}`;
    const dice = random();
    if (dice < 0.25) model.discover(mac, link, random() < 0.3 ? { requested: any } : {});
    else if (dice < 0.5) {
      const requested = model.offered(mac) ?? any;
      model.request(mac, requested.startsWith(PREFIXES[0]!) ? 0 : 1, {
        requested,
        server: SERVERS[requested.startsWith(PREFIXES[0]!) ? 0 : 1]!,
      });
    } else if (dice < 0.55) model.request(mac, link, { requested: any });
    else if (dice < 0.58) model.request(mac, link, { requested: any, server: '192.0.2.99' });
    else if (dice < 0.75) model.renew(mac, link);
    else if (dice < 0.8) model.giveUp('release', mac, link);
    else if (dice < 0.82) model.giveUp('decline', mac, link);
    else if (dice < 0.84) desk.restart();
    else if (dice < 0.86) desk.diskFails = random() < 0.3;
    else if (dice < 0.875) desk.reserved.delete(mac);
    else if (dice < 0.885 && ![...desk.reserved.values()].includes(any)) desk.reserved.set(mac, any);
    else desk.now += random() < 0.5 ? upTo(2000) : upTo(900_000);
    model.check();
  }
  // Every kind of answer came, most of them often.
  for (const kind of ['offer', 'ack', 'nak']) expect(model.counts[kind]).toBeGreaterThan(200);
  for (const kind of ['refused', 'release', 'decline', 'silent'])
    expect(model.counts[kind]).toBeGreaterThan(10);
});
