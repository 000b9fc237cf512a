import type { z } from 'zod';
import { type BootAnswer, classify } from '../../../pxe-server/dhcp/classify.ts';
import type { DhcpPacket, MessageType } from '../../../pxe-server/dhcp/codec.ts';
import { answer, answerProxy, type Outcome } from '../../../pxe-server/dhcp/exchange.ts';
import type { Lease, Reservations } from '../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseTable } from '../../../pxe-server/dhcp/leases/table.ts';
import { Limits } from '../../../pxe-server/dhcp/limits/limits.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { subnetOf, subnetStates } from '../../../pxe-server/dhcp/subnets.ts';
import { ipv4Number, ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { type MessageParts, message } from './packets.ts';

export interface DeskOptions {
  ranges?: [string, string][];
  /** MAC → address. */
  reserved?: Record<string, string>;
  leases?: Iterable<Lease>;
  boot?: BootAnswer;
  /** MACs of declared hosts; absent: all are. */
  known?: string[];
  /** Settings of the first subnet. */
  subnet?: Partial<z.input<typeof Subnet>>;
}

export interface Told {
  kind: Outcome['kind'];
  address?: string;
  /** The message of the outcome, or why there is none. */
  why: string;
  reply?: DhcpPacket;
}

const SERVERS = ['198.51.100.1', '203.0.113.1'].map(ipv4Number);

/**
 * A server without sockets and disk on two links, 198.51.100.0/24 and 203.0.113.0/24, whose clock the test
 * sets. A lease that an ACK wants written is on disk at once.
 */
export class Desk {
  now = 1_000_000;
  /** Rows are not written, so there is no ACK. */
  diskFails = false;
  table: LeaseTable;
  readonly reserved: Map<string, string>;
  /** What the database has. */
  readonly rows = new Map<number, Lease>();
  readonly #boot: BootAnswer;
  readonly #subnets;
  readonly #reservations: Reservations;
  readonly #known: string[] | undefined;
  readonly #limits = new Limits();

  constructor(options: DeskOptions = {}) {
    const ranges = options.ranges ?? [['198.51.100.10', '198.51.100.12']];
    const inside = (cidr: string, prefix: string) =>
      Subnet.parse({
        ...(prefix === '198.51.100.' ? options.subnet : {}),
        cidr,
        ranges: ranges.filter(([from]) => from.startsWith(prefix)).map(([from, to]) => ({ from, to })),
      });
    this.#subnets = subnetStates(
      [inside('198.51.100.0/24', '198.51.100.'), inside('203.0.113.0/24', '203.0.113.')],
      SERVERS,
    );
    this.#known = options.known;
    this.#boot = options.boot ?? { kind: 'none' };
    this.reserved = new Map(Object.entries(options.reserved ?? {}));
    this.#reservations = {
      addressOf: (client) => {
        const address = this.reserved.get(client);
        return address === undefined ? undefined : ipv4Number(address);
      },
      clientOf: (address) => [...this.reserved].find(([, text]) => ipv4Number(text) === address)?.[0],
    };
    for (const lease of options.leases ?? []) this.rows.set(lease.address, lease);
    this.table = this.#load();
  }

  send(type: MessageType, parts: MessageParts = {}, link: 0 | 1 = 0): Told {
    return this.#told(answer(this.exchange(message(type, parts), link)));
  }

  /** Any message; nothing comes of one from a network that is not served. */
  receive(packet: DhcpPacket, link: 0 | 1): Told | undefined {
    const served = subnetOf(packet, SERVERS[link]!, this.#subnets) !== undefined;
    return served ? this.#told(answer(this.exchange(packet, link))) : undefined;
  }

  /** On port 4011. */
  sendProxy(type: MessageType, parts: MessageParts = {}): Told {
    return this.#told(answerProxy(this.exchange(message(type, parts), 0)));
  }

  exchange(packet: DhcpPacket, link: 0 | 1) {
    const serverAddress = SERVERS[link]!;
    const subnet = subnetOf(packet, serverAddress, this.#subnets);
    if (!subnet) throw new Error('a message from nowhere');
    const request = classify(packet);
    const { table: leases, now } = this;
    const reservations = this.#reservations;
    const known = request !== undefined && (this.#known?.includes(request.mac) ?? true);
    const about = { packet, request, subnet, serverAddress, known, boot: this.#boot };
    return { ...about, leases, reservations, limits: this.#limits, now };
  }

  /** DISCOVER and REQUEST as most clients do. */
  lease(mac: string, link: 0 | 1 = 0): Told {
    const offer = this.send('discover', { mac }, link);
    if (offer.address === undefined) return offer;
    return this.send('request', { mac, requested: offer.address, server: ipv4Text(SERVERS[link]!) }, link);
  }

  /** The process ends and comes back with what is on disk. */
  restart(): void {
    this.table = this.#load();
  }

  wait(seconds: number): void {
    this.now += seconds * 1000;
  }

  state(address: string): string | undefined {
    const lease = this.table.at(ipv4Number(address));
    return lease && `${lease.state} ${lease.client}`;
  }

  #load(): LeaseTable {
    const rows = [...this.rows.values()].sort((a, b) => a.expires - b.expires);
    return new LeaseTable(
      this.#subnets.map(({ pool }) => pool.network),
      rows,
    );
  }

  #told(outcome: Outcome): Told {
    const { kind } = outcome;
    if (kind === 'silent') return { kind, why: outcome.why };
    if ('save' in outcome && this.diskFails) return { kind: 'silent', why: 'not written' };
    if ('save' in outcome) this.rows.set(outcome.save.address, outcome.save);
    if (kind === 'ack' && outcome.left) this.rows.set(outcome.left.address, outcome.left);
    if (kind === 'ack' && !this.table.bind(outcome.save, outcome.left))
      return { kind: 'silent', why: 'bound by another' };
    const told = { kind, why: outcome.message };
    if (!('reply' in outcome)) return told;
    const { reply } = outcome;
    return { ...told, reply, ...(reply.yiaddr ? { address: ipv4Text(reply.yiaddr) } : {}) };
  }
}

/** The reason that a NAK gives. */
export function reason(told: Told): string | undefined {
  return told.reply?.options.get(Option.message)?.toString();
}
