import { type ClientKey, isHolder, isOver } from '../leases/lease.ts';
import type { LeaseTable } from '../leases/table.ts';

/**
 * Which addresses are held behind which port, as far as was seen since the start: a renewal that goes past the relay
 * does not say.
 */
export class HeldAddresses {
  readonly #byPort = new Map<string, Map<number, ClientKey>>();
  readonly #portOf = new Map<number, string>();

  hold(port: string, address: number, client: ClientKey): void {
    const before = this.#portOf.get(address);
    if (before !== undefined && before !== port) this.#letGo(before, address);
    const held = this.#byPort.get(port) ?? new Map<number, ClientKey>();
    this.#byPort.set(port, held.set(address, client));
    this.#portOf.set(address, port);
  }

  count(port: string, leases: Pick<LeaseTable, 'at'>, now: number): number {
    let count = 0;
    for (const [address, client] of this.#byPort.get(port) ?? []) {
      const lease = leases.at(address);
      if (!isHolder(lease, client) || isOver(lease, now)) this.#letGo(port, address);
      else count += 1;
    }
    return count;
  }

  #letGo(port: string, address: number): void {
    const held = this.#byPort.get(port);
    held?.delete(address);
    if (held?.size === 0) this.#byPort.delete(port);
    if (this.#portOf.get(address) === port) this.#portOf.delete(address);
  }
}
