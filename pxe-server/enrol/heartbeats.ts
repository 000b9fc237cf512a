import type { Heartbeat, HeartbeatReply } from '../../builder/contract/agent-protocol.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { Attempts } from './attempts.ts';
import { judgeSilence } from './silence.ts';

/** Part of a certificate's life that is left when it is renewed. */
export const RENEW_BEFORE_MS = 10 * 24 * 3600_000;

interface Parts {
  registry: Registry;
  attempts: Attempts;
  now: () => Date;
  seconds: number;
  reprove: (hostId: string) => void;
}

/** Who is alive. Times are kept in memory: a restart of control gives every host a full interval again. */
export class Heartbeats {
  readonly #parts: Parts;
  readonly #last = new Map<string, number>();
  readonly #withoutLibvirt = new Set<string>();
  readonly #started: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#started = parts.now().getTime();
  }

  async received(host: Host, heartbeat: Heartbeat, peer: string): Promise<HeartbeatReply> {
    const { registry, now, seconds } = this.#parts;
    this.#last.set(host.id, now().getTime());
    const moved = peer !== host.managementAddress;
    const after = await registry.signal(host.id, 'heartbeat', 'heartbeats are back', {
      lastSeen: now().toISOString(),
      managementAddress: peer,
      inventory: withAddresses(host.inventory, heartbeat.addresses),
    });
    if (after.state === 'probing' && host.state !== 'probing') this.#parts.reprove(host.id);
    if (host.state === 'up') await this.#noteLibvirt(host, heartbeat.guests >= 0);
    const notAfter = host.certificateNotAfter === null ? 0 : Date.parse(host.certificateNotAfter);
    const renew = moved || notAfter - now().getTime() < RENEW_BEFORE_MS;
    return { renew, heartbeatSeconds: seconds };
  }

  /** Once for each time that it stops answering. */
  async #noteLibvirt(host: Host, answers: boolean): Promise<void> {
    if (answers) this.#withoutLibvirt.delete(host.id);
    else if (!this.#withoutLibvirt.has(host.id)) {
      this.#withoutLibvirt.add(host.id);
      await this.#parts.registry.note(host, 'heartbeat', 'warning', 'libvirt does not answer on the host');
    }
  }

  /** Marks hosts that fell silent: lost, booting again, or never arrived from their boot. */
  async check(): Promise<void> {
    const { registry, attempts, now, seconds } = this.#parts;
    for (const { id } of registry.list()) {
      const host = registry.peek(id); // as it is now: each signal takes its time
      if (!host) continue;
      const attempt = attempts.of(host.id);
      const heard = { listening: this.#started, heartbeat: this.#last.get(host.id), script: attempt?.script };
      const silence = judgeSilence(host, heard, seconds, now().getTime());
      if (silence) await registry.signal(host.id, silence.signal, silence.reason);
      if (silence?.signal === 'rebooted' && attempt?.kickstart !== undefined)
        await registry.signal(host.id, 'installing', attempt.kickstart);
    }
  }
}

/** What the page shows is what the host has now. The same object when nothing changed. */
function withAddresses(inventory: Host['inventory'], addresses: string[]): Host['inventory'] {
  if (!inventory || inventory.addresses.join() === addresses.join()) return inventory;
  return { ...inventory, addresses };
}
