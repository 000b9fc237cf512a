import { forgetOldest } from '../events/oldest.ts';
import type { Later } from '../events/tally.ts';
import type { BootRequest } from './classify.ts';

/** A packet of a machine that boots, or the answer to it, as it left the thread. */
export interface Tapped {
  /** Milliseconds since 1970. */
  at: number;
  mac: string;
  /** `asked`: to us; `answered`: by us; `overheard`: what another server said; `arp`: of the machine; `silent`: no answer. */
  what: 'asked' | 'answered' | 'overheard' | 'arp' | 'silent';
  /** What asked: answers do not say. */
  client: 'firmware' | 'ipxe' | 'system';
  /** Latin-1: UDP payload, or for `overheard` the IPv4 packet, for `arp` the ARP packet. */
  bytes: string;
  from: { address: number; port: number };
  to: { address: number; port: number };
  /** Why no answer, or no boot file in it. */
  why?: string;
  /** Sender of what was overheard. */
  sender?: string;
}

/** Exchanges of a machine that are copied at once, and milliseconds until it may have one more copied. */
const SHARE = 120;
const REFILL = 2000;
/** So long after its firmware or loader asked last, what a machine says is of its boot, in milliseconds. */
const BOOT = 20 * 60_000;
/** The same of all in a second, apart for declared hosts and for others: no flood of strangers may hide a host. */
const PER_SECOND = 1000;
/** Machines that are followed: anybody can ask in the name of any MAC. */
const MOST = 10_000;
/** Milliseconds for which packets are gathered. */
const GATHER = 50;

/** Where what is overheard goes, and the time of it. */
export interface Overheard {
  tap: Tap;
  now(): number;
}

interface Machine {
  client: Tapped['client'];
  known: boolean;
  /** When its firmware or loader asked last. */
  asked: number;
  /** Exchanges that may still be copied, and when that was reckoned. */
  left: number;
  reckoned: number;
}

/**
 * Copies packets of machines that boot, for their traces. It is asked for each packet, and costs those of others a look
 * into a map.
 */
export class Tap {
  readonly #tell: (tapped: Tapped[]) => void;
  readonly #later: Later;
  /** By MAC, the one that was heard last at the end. */
  readonly #machines = new Map<string, Machine>();
  #gathered: Tapped[] = [];
  #second = 0;
  #copied = { hosts: 0, others: 0 };

  constructor(tell: (tapped: Tapped[]) => void, later: Later) {
    this.#tell = tell;
    this.#later = later;
  }

  /** Whether the packets of this exchange are wanted. @param known a declared host @param now milliseconds since 1970 */
  wants(request: BootRequest, known: boolean, now: number): boolean {
    const before = this.#machines.get(request.mac);
    const boots = request.isPxe || request.isHttpBoot || request.isIpxe;
    if (!before && !boots) return false;
    const machine = before ?? { client: 'firmware', known, asked: now, left: SHARE, reckoned: now };
    if (boots) {
      machine.asked = now;
      if (before) this.#machines.delete(request.mac);
      this.#machines.set(request.mac, machine); // so that it is the youngest
      forgetOldest(this.#machines, MOST);
    }
    machine.client = request.isIpxe ? 'ipxe' : boots ? 'firmware' : 'system';
    machine.known = known;
    return this.#take(machine, now);
  }

  /** What came by a packet socket: of a machine that is followed. @param sender who sent the frame, unless it did */
  overhear(what: 'arp' | 'answer', mac: string, bytes: Buffer, now: number, sender?: string): void {
    const machine = this.#machines.get(mac);
    if (!machine || !this.#take(machine, now)) return;
    const nobody = { address: 0, port: 0 };
    this.add({
      ...{ at: now, mac, what: what === 'arp' ? 'arp' : 'overheard', bytes: bytes.toString('latin1') },
      ...{ from: nobody, to: nobody, ...(sender === undefined ? {} : { sender }) },
    });
  }

  add(tapped: Omit<Tapped, 'client'>): void {
    const machine = this.#machines.get(tapped.mac);
    if (!machine) return;
    if (this.#gathered.length === 0) this.#later(GATHER, () => this.flush());
    this.#gathered.push({ ...tapped, client: machine.client });
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#tell(gathered);
  }

  #take(machine: Machine, now: number): boolean {
    // A system that has run for long renews its lease: that is no boot.
    if (now - machine.asked > BOOT) return false;
    machine.left = Math.min(SHARE, machine.left + (now - machine.reckoned) / REFILL);
    machine.reckoned = now;
    if (machine.left < 1 || !this.#hasRoom(machine.known, now)) return false;
    machine.left -= 1;
    return true;
  }

  #hasRoom(known: boolean, now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#copied = { hosts: 0, others: 0 };
    }
    const whose = known ? 'hosts' : 'others';
    if (this.#copied[whose] >= PER_SECOND) return false;
    this.#copied[whose] += 1;
    return true;
  }
}
