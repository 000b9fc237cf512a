import type { DhcpEvent } from '../dhcp/reports.ts';
import { ipv6Number, ipv6Text, isLinkLocal } from '../net/ipv6.ts';
import { type Came6, Ipv6Socket } from '../net/ipv6-socket.ts';
import type { Reactor } from '../net/reactor.ts';
import { type Advertised, encodeAdvertisement, readDiscovery } from './advertisement.ts';

export interface AdvertisedInterface {
  /** Raw ICMPv6, bound to one interface, with hop limit 255. */
  fd: number;
  interface: string;
  index: number;
  /** Six bytes. */
  mac: Buffer;
  advertised: Advertised;
}

const ALL_NODES = ipv6Number('ff02::1');
/** Milliseconds (RFC 4861 6.2.1, 10): between unasked ones, between the first few, and between any two to all. */
const INTERVAL = { least: 200_000, most: 600_000 };
const FIRST = { count: 3, interval: 16_000 };
const APART = 3000;
/** Solicitations of a second that are answered one by one; past them one answer to all does. */
const MOST_ANSWERS = 100;
/** Routers of a link that are remembered, and told of: whoever invents more is not listened to. */
const MOST_ROUTERS = 16;

/**
 * Router advertisements of one interface. Where addresses are given by IPv6 they make firmware and systems ask for
 * them, unasked too. Where there are none, only who asks is told so, at its own address, and nobody while a real
 * router is about: what we say of IPv6 must not get in its way.
 */
export class Advertiser {
  readonly #settings: AdvertisedInterface;
  readonly #reactor: Reactor;
  readonly #socket: Ipv6Socket;
  readonly #message: Buffer;
  readonly #tell: (event: DhcpEvent) => void;
  readonly #random: () => number;
  /** Until when others are routers, by the clock of the reactor. */
  readonly #routers = new Map<bigint, number>();
  #second = 0;
  #answered = 0;
  #lastToAll = Number.NEGATIVE_INFINITY;
  #soon: (() => void) | undefined;
  #next: (() => void) | undefined;

  constructor(
    settings: AdvertisedInterface,
    reactor: Reactor,
    { onEvent, random = Math.random }: { onEvent(event: DhcpEvent): void; random?: () => number },
  ) {
    this.#settings = settings;
    this.#reactor = reactor;
    this.#tell = onEvent;
    this.#random = random;
    this.#message = encodeAdvertisement(settings.advertised, settings.mac);
    // Nobody hears it while the link is down or our own address is being looked for: the next one does.
    this.#socket = new Ipv6Socket(settings.fd, () => undefined);
    reactor.watch(settings.fd, () => this.#socket.receive((came) => this.#receive(came)));
    if (settings.advertised.kind === 'addresses') this.#periodic(0);
  }

  close(): void {
    this.#reactor.unwatch(this.#settings.fd);
    this.#soon?.();
    this.#next?.();
    this.#socket.close();
  }

  #receive({ bytes, address, zone, hopLimit }: Came6): void {
    const heard = readDiscovery(bytes, hopLimit, address === 0n);
    if (!heard) return;
    if (heard.kind === 'router') {
      if (isLinkLocal(address)) this.#noteRouter(address, heard.lifetime);
      return;
    }
    if (!this.#leavesItToRouters()) this.#answer(address, zone);
  }

  #leavesItToRouters(): boolean {
    if (this.#settings.advertised.kind !== 'nothing') return false;
    return [...this.#routers.values()].some((until) => until > performance.now());
  }

  #noteRouter(address: bigint, lifetime: number): void {
    const isNew = !this.#routers.has(address);
    if (isNew && (lifetime === 0 || this.#routers.size === MOST_ROUTERS)) return;
    this.#routers.set(address, performance.now() + lifetime * 1000);
    if (!isNew) return;
    const more = this.#settings.advertised.kind === 'nothing' ? '; it is left to say what IPv6 there is' : '';
    const message = `an IPv6 router is on ${this.#settings.interface}${more}`;
    this.#tell({ kind: 'inform', address: ipv6Text(address), message });
  }

  /** At once, to who asked: RFC 4861 6.2.6 leaves that to the router, and a machine that boots waits for it. */
  #answer(address: bigint, zone: number): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#answered = 0;
    this.#second = second;
    this.#answered += 1;
    if (isLinkLocal(address) && this.#answered <= MOST_ANSWERS) this.#send(address, zone);
    else this.#toAllSoon();
  }

  #toAllSoon(): void {
    if (this.#soon) return;
    const wait = Math.max(0, this.#lastToAll + APART - performance.now());
    this.#soon = this.#reactor.after(wait, () => {
      this.#soon = undefined;
      this.#toAll();
    });
  }

  #periodic(sent: number): void {
    this.#toAllSoon();
    const { least, most } = INTERVAL;
    const interval = least + this.#random() * (most - least);
    const wait = sent + 1 < FIRST.count ? FIRST.interval : interval;
    this.#next = this.#reactor.after(wait, () => this.#periodic(sent + 1));
  }

  #toAll(): void {
    this.#lastToAll = performance.now();
    this.#send(ALL_NODES, this.#settings.index);
  }

  #send(address: bigint, zone: number): void {
    this.#socket.send(this.#message, { address, port: 0, zone });
  }
}
