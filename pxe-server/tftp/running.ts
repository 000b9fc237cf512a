import { type Endpoint, endpointKey, type Host, hostKey } from '../net/endpoint.ts';
import type { Session, SessionEnd } from './session.ts';

/** A transfer, from its request on. */
export interface Running {
  readonly client: Endpoint;
  readonly request: Buffer;
  /** Not there while its file is being looked up. */
  session?: Session;
  /** Told to end while its file is being looked up. */
  stopped?: SessionEnd;
  /** Takes the question for its file back. */
  forget?: () => void;
}

const NONE: readonly Running[] = [];

/** The transfers under way, found by their client; however many there are, a request costs the same. Pure. */
export class RunningTransfers {
  readonly #byClient = new Map<number | string, Running[]>();
  readonly #byHost = new Map<number | string, number>();
  /** In the order of their requests; a transfer leaves when it is seen to have been answered. */
  readonly #unanswered = new Set<Running>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(running: Running): void {
    const key = endpointKey(running.client);
    const others = this.#byClient.get(key);
    if (others) others.push(running);
    else this.#byClient.set(key, [running]);
    this.#byHost.set(hostKey(running.client), this.ownOf(running.client) + 1);
    this.#unanswered.add(running);
    this.#total += 1;
  }

  delete(running: Running): void {
    const key = endpointKey(running.client);
    const all = this.#byClient.get(key) ?? [];
    const left = all.filter((other) => other !== running);
    if (left.length === all.length) return;
    if (left.length > 0) this.#byClient.set(key, left);
    else this.#byClient.delete(key);
    const own = this.ownOf(running.client) - 1;
    if (own > 0) this.#byHost.set(hostKey(running.client), own);
    else this.#byHost.delete(hostKey(running.client));
    this.#unanswered.delete(running);
    this.#total -= 1;
  }

  /** Those of one port of one machine. */
  of(client: Endpoint): readonly Running[] {
    return this.#byClient.get(endpointKey(client)) ?? NONE;
  }

  /** How many one machine has. */
  ownOf(host: Host): number {
    return this.#byHost.get(hostKey(host)) ?? 0;
  }

  /** The oldest whose client has never answered. */
  oldestUnanswered(): Running | undefined {
    for (const running of this.#unanswered) {
      if (!running.session?.answered) return running;
      this.#unanswered.delete(running);
    }
    return undefined;
  }

  *[Symbol.iterator](): Iterator<Running> {
    for (const all of [...this.#byClient.values()]) yield* all;
  }
}
