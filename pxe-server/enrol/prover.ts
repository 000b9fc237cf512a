import { randomToken } from '../../builder/shared/ids.ts';
import type { Journal } from '../events/journal.ts';
import type { Registry } from '../hosts/registry.ts';
import type { Link } from '../roles/link.ts';
import type { ProbeOutcome } from '../roles/messages.ts';

/** Probes at one time, and how long one may take (milliseconds; emulated machines are slow). */
const AT_ONCE = 4;
const LIMIT_MS = 12 * 60_000;
/** Tries before a host counts as failed, and the pause between two (milliseconds). */
const TRIES = 3;
const PAUSE_MS = 10_000;

interface Parts {
  registry: Registry;
  journal: Journal;
  link: Link;
  onInternal: (error: unknown) => void;
}

/** Queues the manager's proof of each registered host; a host is up only after it passed. */
export class Prover {
  readonly #parts: Parts;
  readonly #queue: string[] = [];
  readonly #running = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  enqueue(hostId: string): void {
    if (!this.#queue.includes(hostId)) this.#queue.push(hostId);
    this.#next();
  }

  /** After a restart of control: hosts whose proof was under way. */
  resume(): void {
    for (const host of this.#parts.registry.list()) {
      if (host.state === 'registering' || host.state === 'probing') this.enqueue(host.id);
    }
  }

  async step(message: {
    hostId: string;
    step: string;
    ok: boolean;
    milliseconds: number;
    detail: string;
  }): Promise<void> {
    await this.#parts.journal.record({
      kind: 'probe',
      severity: message.ok ? 'info' : 'warning',
      hostId: message.hostId,
      mac: null,
      message: `${message.step}: ${message.ok ? 'ok' : 'failed'} after ${message.milliseconds} ms: ${message.detail}`,
    });
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const position = this.#queue.findIndex((id) => !this.#running.has(id));
      if (position < 0) return;
      const [id] = this.#queue.splice(position, 1);
      this.#running.add(id!);
      void this.#prove(id!)
        .catch((error) => this.#parts.onInternal(error))
        .finally(() => {
          this.#running.delete(id!);
          this.#next();
        });
    }
  }

  async #prove(id: string): Promise<void> {
    const { registry, link } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      if (!registry.peek(id)) return; // removed while it waited
      const host = await registry.signal(id, 'probing', 'the manager proves the host');
      if (host.state !== 'probing' || host.managementAddress === null) return;
      const request = { hostId: id, name: host.name, address: host.managementAddress, nonce: randomToken() };
      const outcome = await link
        .call<ProbeOutcome>('keyholder', 'probe', request, LIMIT_MS)
        .catch((error: Error) => ({ ok: false, message: error.message }));
      const after = registry.peek(id);
      if (!after || after.publicKey !== host.publicKey) return; // removed, or booted anew: that proof is queued
      if (outcome.ok) return void (await registry.signal(id, 'proved', outcome.message));
      if (attempt === TRIES) return void (await registry.signal(id, 'probe-failed', outcome.message));
      const failed = `try ${attempt} of ${TRIES} failed: ${outcome.message}`;
      await registry.note(after, 'probe', 'warning', failed);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
