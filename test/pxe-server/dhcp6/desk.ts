import type { BootAnswer } from '../../../pxe-server/dhcp/classify.ts';
import { Status } from '../../../pxe-server/dhcp6/associations.ts';
import { classify6 } from '../../../pxe-server/dhcp6/classify.ts';
import type { MessageType6 } from '../../../pxe-server/dhcp6/codec.ts';
import { answer6, type Outcome6 } from '../../../pxe-server/dhcp6/exchange.ts';
import type { Lease6, Reservations6 } from '../../../pxe-server/dhcp6/leases/lease.ts';
import { LeaseTable6 } from '../../../pxe-server/dhcp6/leases/table.ts';
import { Option6, type OptionList, optionOf, readOptions6 } from '../../../pxe-server/dhcp6/options.ts';
import { ipv6FromBytes, ipv6Number, ipv6Text, parseCidr6 } from '../../../pxe-server/net/ipv6.ts';
import { linkLocal, message6, type Parts6, SERVER_ID } from './packets.ts';

export interface Told6 {
  kind: Outcome6['kind'];
  /** The message of the outcome, or why there is none. */
  why: string;
  type?: MessageType6;
  /** "ADDRESS VALID-SECONDS", or the name of the status, for each association. */
  associations: string[];
  /** Name of the status of the whole message. */
  status?: string | undefined;
  options: OptionList;
}

export interface DeskOptions6 {
  range?: [from: string, to: string];
  reserved?: Record<string, string>;
  boot?: BootAnswer;
}

/** A server without sockets and disk on fd00::/64; what is to be written is on disk at once. */
export class Desk6 {
  now = 1_000_000;
  diskFails = false;
  readonly table: LeaseTable6;
  readonly reserved: Map<string, string>;
  readonly #subnet;
  readonly #boot: BootAnswer;

  constructor({
    range = ['fd00::10', 'fd00::12'],
    reserved = {},
    boot = { kind: 'none' },
  }: DeskOptions6 = {}) {
    const network = parseCidr6('fd00::/64')!;
    const [from, to] = range.map(ipv6Number) as [bigint, bigint];
    this.#subnet = {
      pool: { network, range: { from, to }, excluded: new Set([ipv6Number('fd00::1')]) },
      facts: {
        ...{ dns: [ipv6Number('fd00::53')], domain: 'lab.example', ntp: [ipv6Number('fd00::7b')] },
        leaseSeconds: 3600,
      },
    };
    this.#boot = boot;
    this.reserved = new Map(Object.entries(reserved));
    this.table = new LeaseTable6([network]);
  }

  send(type: MessageType6, parts: Parts6 = {}, { unicast = false } = {}): Told6 {
    const packet = { direction: 'to-server' as const, relays: [], message: message6(type, parts) };
    const client = classify6(packet, linkLocal(parts.mac));
    if (!client) throw new Error('a client without identifier');
    const reservations: Reservations6 = {
      addressOf: (mac) => (this.reserved.has(mac) ? ipv6Number(this.reserved.get(mac)!) : undefined),
      macOf: (address) => [...this.reserved].find(([, text]) => ipv6Number(text) === address)?.[0],
    };
    const outcome = answer6({
      ...{ packet, client, unicast, reservations, subnet: this.#subnet, serverId: SERVER_ID },
      ...{ leases: this.table, boot: this.#boot, now: this.now },
    });
    return this.#told(outcome);
  }

  /** Solicit and Request as most clients do. */
  lease(parts: Parts6 = {}): Told6 {
    const offered = this.send('solicit', parts);
    if (offered.kind !== 'offer') return offered;
    const addresses = offered.associations.map((text) => text.split(' ')[0]!);
    const iaids = Object.keys(parts.associations ?? { 1: [] }).map(Number);
    const associations = Object.fromEntries(iaids.map((iaid, i) => [iaid, [addresses[i]!]]));
    return this.send('request', { ...parts, associations, server: SERVER_ID });
  }

  wait(seconds: number): void {
    this.now += seconds * 1000;
  }

  state(address: string): string | undefined {
    return this.table.at(ipv6Number(address))?.state;
  }

  #told(outcome: Outcome6): Told6 {
    if (outcome.kind === 'silent') return { kind: 'silent', why: outcome.why, associations: [], options: [] };
    if ('save' in outcome && outcome.save.length > 0) {
      if (this.diskFails) return { kind: 'silent', why: 'not written', associations: [], options: [] };
      if (outcome.kind === 'ack' && !outcome.save.every((lease: Lease6) => this.table.bind(lease)))
        return { kind: 'silent', why: 'bound by another', associations: [], options: [] };
    }
    const { reply, kind, message } = outcome;
    const { options } = reply;
    return {
      ...{ kind, why: message, type: reply.type, options },
      associations: options.filter(([code]) => code === Option6.iaNa).flatMap(([, value]) => shown(value)),
      status: statusName(options),
    };
  }
}

function shown(association: Buffer): string[] {
  const inner = readOptions6(association.subarray(12)) ?? [];
  const addresses = inner
    .filter(([code]) => code === Option6.iaAddress)
    .map(([, value]) => `${ipv6Text(ipv6FromBytes(value))} ${value.readUInt32BE(20)}`);
  const status = statusName(inner);
  return status ? [...addresses, status] : addresses;
}

function statusName(options: OptionList): string | undefined {
  const value = optionOf(options, Option6.statusCode);
  return value && Object.entries(Status).find(([, code]) => code === value.readUInt16BE())?.[0];
}
