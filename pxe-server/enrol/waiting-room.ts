import type { Journal } from '../events/journal.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import { RefusalError } from './refusal.ts';

/** Milliseconds of silence after which a machine counts as gone: one that waits asks every few seconds. */
const SILENT_MS = 60_000;
/** Milliseconds between two events that nobody more may wait. */
const TELL_MS = 60_000;

interface Parts {
  registry: Registry;
  journal: Journal;
  now: () => Date;
  /** Machines that may wait for approval at once. */
  most: number;
}

/**
 * Unknown machines that wait for a person. Anybody can be one, with an inventory of up to a mebibyte, so that
 * only so many are kept: the one that was silent longest goes first, and none that still asks.
 */
export class WaitingRoom {
  readonly #parts: Parts;
  #told = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws RefusalError pending-full when as many as may wait are there, and all of them still ask */
  async admit(seenAs: string, macs: readonly string[]): Promise<Host> {
    const { registry, now, most } = this.#parts;
    const waiting = registry.list().filter((host) => !host.approved);
    if (waiting.length < most) return registry.addPending(seenAs, macs);
    const [silent] = waiting.sort((a, b) => lastHeard(a) - lastHeard(b));
    const silence = silent ? now().getTime() - lastHeard(silent) : 0;
    if (!silent || silence < SILENT_MS) throw await this.#full(waiting.length);
    // Both at once: who comes meanwhile must find neither a free place nor the same machine to go.
    const [host] = await Promise.all([registry.addPending(seenAs, macs), this.#leave(silent, silence)]);
    return host;
  }

  async #leave(host: Host, silence: number): Promise<void> {
    const { registry } = this.#parts;
    const removed = registry.remove(host.id);
    const seconds = Math.round(silence / 1000);
    const why = `makes room for a newer unknown machine; it was silent for ${seconds} s`;
    await Promise.all([removed, registry.note(host, 'host', 'notice', why)]);
  }

  async #full(waiting: number): Promise<RefusalError> {
    const { journal, now } = this.#parts;
    const what = `${waiting} machines wait for approval, more are turned away`;
    if (now().getTime() - this.#told >= TELL_MS) {
      this.#told = now().getTime();
      const message = `${what}: approve or remove some`;
      await journal.record({ kind: 'service', severity: 'warning', hostId: null, mac: null, message });
    }
    return new RefusalError(503, 'pending-full', what, 'it is tried again; a person has to approve some');
  }
}

/** Milliseconds since 1970. */
function lastHeard({ lastSeen, createdAt }: Host): number {
  return Date.parse(lastSeen ?? createdAt);
}
