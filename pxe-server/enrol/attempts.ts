import { withBooted } from '../hosts/image-uses.ts';
import type { Registry } from '../hosts/registry.ts';
import type { HostSignal } from '../hosts/states.ts';
import type { BootTrace } from '../roles/messages.ts';

/** The newest attempt to boot a host: in memory only. */
export interface Attempt {
  /** Milliseconds since 1970, and what was told of it. */
  script: { at: number; told: string };
  /** What is told of its kickstart, when that was fetched. */
  kickstart?: string | undefined;
}

/** What a trace says of its host; any other says that it was seen. */
const SIGNALS: Partial<Record<BootTrace['kind'], HostSignal>> = {
  script: 'booted',
  kickstart: 'installing',
  local: 'local',
  'second-use': 'contested',
};

/** Follows hosts from their boot script to the agent or the installer, by what dhcp and boot tell. */
export class Attempts {
  readonly #registry: Registry;
  readonly #now: () => Date;
  readonly #newest = new Map<string, Attempt>();

  constructor(registry: Registry, now: () => Date) {
    this.#registry = registry;
    this.#now = now;
  }

  of(hostId: string): Attempt | undefined {
    return this.#newest.get(hostId);
  }

  async heard({ hostId, kind, address, message, image }: BootTrace): Promise<void> {
    const host = hostId === null ? undefined : this.#registry.peek(hostId);
    if (hostId === null || !host) return; // nobody's, or removed meanwhile
    const now = this.#now();
    const told = toldOf({ kind, address, message });
    if (kind === 'script') this.#newest.set(hostId, { script: { at: now.getTime(), told } });
    if (kind === 'kickstart') {
      const script = this.#newest.get(hostId)?.script ?? { at: now.getTime(), told };
      this.#newest.set(hostId, { script, kickstart: told });
    }
    // No agent will come and tell that the boot it was armed for took place.
    const disarmed = kind === 'kickstart' && host.arm === 'once' ? { arm: 'off' as const } : {};
    const booted = image === undefined ? undefined : withBooted(host.booted, image);
    const change = { lastSeen: now.toISOString(), ...disarmed, ...(booted ? { booted } : {}) };
    await this.#registry.signal(hostId, SIGNALS[kind] ?? 'seen', told, change);
  }
}

function toldOf({ kind, address, message }: Pick<BootTrace, 'kind' | 'address' | 'message'>): string {
  if (kind === 'kickstart') return `installs: its kickstart went to ${address}`;
  if (kind === 'second-use') return `${address}: ${message}`;
  return kind === 'local' ? `sent to its own disk: ${message}` : message;
}
