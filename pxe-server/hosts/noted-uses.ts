import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeUses } from '../../builder/catalog/uses.ts';
import type { ImageUses } from '../../builder/contract/uses.ts';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { errno } from '../../builder/shared/errors.ts';
import { randomToken } from '../../builder/shared/ids.ts';

type Told = Pick<ImageUses, 'default' | 'hosts'>;

export interface NotedUsesParts {
  catalog: string;
  /** Id of this server, the same after each start. */
  server: string;
  now: () => Date;
  /** Told once, until it can be written again. */
  onFault: (error: unknown) => void;
}

/** Keeps `uses/SERVER.json` of the catalog at what the hosts use, for whoever prunes it while this server is down. */
export class NotedUses {
  readonly #parts: NotedUsesParts;
  /** JSON of what lies there, or is to be written next. */
  #newest: { text: string; told: Told } | undefined;
  #written: string | undefined;
  #faulty = false;
  #writing: Promise<void> | undefined;

  constructor(parts: NotedUsesParts) {
    this.#parts = parts;
  }

  /** Writes it unless it lies there already; of several that come during a write the last counts. */
  note(told: Told): void {
    this.#newest = { text: JSON.stringify(told), told };
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { catalog, server, now, onFault } = this.#parts;
    while (this.#newest && this.#newest.text !== this.#written) {
      const { text, told } = this.#newest;
      const about = { schema: 1, server: hostname(), writtenAt: now().toISOString() } as const;
      try {
        await writeUses(catalog, server, { ...about, ...told });
        this.#written = text;
        this.#faulty = false;
      } catch (error) {
        if (!this.#faulty) onFault(error);
        this.#faulty = true;
        return; // until the next change: a catalog that cannot be written is nothing to wait for
      }
    }
  }
}

/** The id that this server has kept in its state, made at its first start. */
export async function serverId(state: string): Promise<string> {
  const file = join(state, 'server-id');
  const known = await readFile(file, 'utf8').catch((error) => {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  });
  if (/^[0-9a-f]{32}$/.test(known.trim())) return known.trim();
  const id = randomToken();
  await writeFileAtomic(file, `${id}\n`);
  return id;
}
