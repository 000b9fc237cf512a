interface Reserving {
  macs: readonly string[];
}

/** The addresses that hosts were promised, each for the first MAC of its host; both ways, kept host by host. */
export class ReservedAddresses<Host extends Reserving, Address> {
  readonly #addressOf: (host: Host) => Address | undefined;
  readonly #byMac = new Map<string, Address>();
  readonly #byAddress = new Map<Address, string>();

  constructor(addressOf: (host: Host) => Address | undefined) {
    this.#addressOf = addressOf;
  }

  /** In the place of whatever had its MAC or its address. */
  add(host: Host): void {
    const address = this.#addressOf(host);
    const mac = host.macs[0];
    if (address === undefined || mac === undefined) return;
    this.#byMac.set(mac, address);
    this.#byAddress.set(address, mac);
  }

  remove(host: Host): void {
    const address = this.#addressOf(host);
    const mac = host.macs[0];
    if (address === undefined || mac === undefined) return;
    this.#byMac.delete(mac);
    this.#byAddress.delete(address);
  }

  addressOf(mac: string): Address | undefined {
    return this.#byMac.get(mac);
  }

  macOf(address: Address): string | undefined {
    return this.#byAddress.get(address);
  }
}
