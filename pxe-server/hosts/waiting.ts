import type { Host, HostDeclaration } from './model.ts';

/**
 * Machines that wait for approval, by what a declaration can name of them. Who declares the MAC of one says
 * which host it is: nothing else may have to be done to it first, least of all while the service starts.
 */
export class WaitingMachines {
  readonly #byMac = new Map<string, Host>();

  constructor(hosts: Iterable<Host>) {
    for (const host of hosts) {
      if (!host.approved) for (const mac of host.macs) this.#byMac.set(mac, host);
    }
  }

  /** Those whose MACs are declared, in the order of these; a machine is taken once. */
  take({ macs }: Pick<HostDeclaration, 'macs'>): Host[] {
    const taken = [...new Set(macs.flatMap((mac) => this.#byMac.get(mac) ?? []))];
    for (const host of taken) for (const mac of host.macs) this.#byMac.delete(mac);
    return taken;
  }
}
