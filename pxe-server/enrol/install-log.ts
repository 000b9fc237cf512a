import type { Journal } from '../events/journal.ts';
import { forgetOldest } from '../events/oldest.ts';
import type { Registry } from '../hosts/registry.ts';
import type { Recorded } from '../trace/recorder.ts';

interface Parts {
  registry: Registry;
  journal: Journal;
  onInternal: (error: unknown) => void;
}

/** Lines of one boot that become events, of severity error or graver (RFC 5424 6.2.1), and boots that are counted. */
const LINES = 40;
const GRAVE = 3;
const BOOTS = 4096;

/**
 * Brings the grave lines of an installer's syslog into the story of its host; the rest is in the trace of its boot alone.
 * Whose address sent them is all that is known of them.
 */
export class InstallLog {
  readonly #parts: Parts;
  readonly #told = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  recorded({ attempt, entry }: Recorded): void {
    const { fact } = entry;
    if (fact.layer !== 'installer' || fact.step !== 'log') return;
    if (fact.severity === undefined || fact.severity > GRAVE) return;
    const { registry, journal, onInternal } = this.#parts;
    const host = registry.peek(attempt.key);
    const boot = `${attempt.key} ${attempt.startedAt}`;
    const told = (this.#told.get(boot) ?? 0) + 1;
    if (!host || told > LINES) return;
    this.#told.set(boot, told);
    forgetOldest(this.#told, BOOTS);
    const more = told === LINES ? ' (more lines are in the trace of its boot)' : '';
    const message = `syslog: ${fact.program === undefined ? '' : `${fact.program}: `}${fact.message}${more}`;
    const about = {
      kind: 'installer',
      severity: 'warning',
      hostId: host.id,
      mac: host.macs[0] ?? null,
    } as const;
    journal.record({ ...about, message }).catch(onInternal);
  }
}
