import type { BootAnswer, BootRequest } from '../dhcp/classify.ts';

/** Loaders that a machine gets in one attempt to boot: ROMs ask again, and once more on port 4011. */
const LOADERS = 6;
/** Milliseconds: so long after its first loader a machine is in the same attempt. */
const ATTEMPT = 3 * 60_000;
/** Attempts that are remembered: anybody can ask in the name of any MAC. */
const MOST = 10_000;

interface Attempt {
  since: number;
  /** Transactions that ended with a loader. */
  loaders: Set<number>;
  /** The transaction that got the script since a loader changed nothing. */
  script?: number;
}

/**
 * Keeps a machine from being given loaders for ever. A loader asks again as iPXE and gets the script, so one is enough
 * as a rule. A ROM that is an iPXE itself may ask with the same packet after it has run ours: then it gets the
 * script. One that never says that it is iPXE gets no more than a few, and goes on with its next device.
 */
export class Chainloads {
  readonly #now: () => number;
  /** By MAC, oldest first. */
  readonly #attempts = new Map<string, Attempt>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param decide what a machine boots; called with the machine as it is, or as a whole iPXE */
  answer(request: BootRequest, decide: (request: BootRequest) => BootAnswer): BootAnswer {
    const answer = decide(request);
    if (answer.kind === 'none' || !answer.isLoader) return answer;
    const { loaders } = this.#attemptOf(request);
    const before = loaders.size - (loaders.has(request.xid) ? 1 : 0);
    if (before > 0 && request.quirk === 'ipxe-without-http-or-linux')
      return decide({ ...request, isIpxe: true });
    if (before < LOADERS) return answer;
    const why = `it was given a loader ${LOADERS} times in this attempt and came back without having run one`;
    return { kind: 'none', why };
  }

  /** What a machine was given for good; what was only offered was not loaded. */
  given(request: BootRequest, answer: BootAnswer): void {
    if (answer.kind === 'none') return;
    if (request.isIpxe) {
      this.#attempts.delete(request.mac);
      return;
    }
    const attempt = this.#attemptOf(request);
    if (answer.isLoader) attempt.loaders.add(request.xid);
    else attempt.script = request.xid;
    this.#remember(request.mac, attempt);
  }

  #attemptOf({ mac, xid }: BootRequest): Attempt {
    const attempt = this.#attempts.get(mac);
    const isOver = attempt?.script !== undefined && attempt.script !== xid;
    if (attempt && !isOver && this.#now() - attempt.since < ATTEMPT) return attempt;
    return { since: this.#now(), loaders: new Set() };
  }

  #remember(mac: string, attempt: Attempt): void {
    this.#attempts.delete(mac); // so that it is the youngest
    this.#attempts.set(mac, attempt);
    if (this.#attempts.size > MOST) this.#attempts.delete(this.#attempts.keys().next().value!);
  }
}
