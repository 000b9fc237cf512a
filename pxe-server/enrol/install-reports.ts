import type { InstallReport } from '../../builder/contract/agent-protocol.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import type { Entry, Journal } from '../events/journal.ts';
import { forgetOldest } from '../events/oldest.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { HostSignal } from '../hosts/states.ts';
import type { Store } from '../store/database.ts';
import type { InstallerFact, Step } from '../trace/entry.ts';
import type { TokenRow } from './claim.ts';
import { Latecomers } from './latecomers.ts';
import { RefusalError } from './refusal.ts';

interface Parts {
  store: Store;
  registry: Registry;
  journal: Journal;
  now: () => Date;
  onStep?: (step: Step) => void;
  /** Told at each report: the installer of the host has its kickstart. */
  onBegan?: (hostId: string) => void;
}

/** Reports of one installation that are taken, and installations whose reports are counted. */
const MOST = 300;
const COUNTED = 4096;
/** Lines of a report's logs that become events and steps: the last ones, since those say why. */
const LINES = 60;
/** Milliseconds that a token stays good behind the last word of its installation: what failed may tell more. */
const AFTER_MS = 10 * 60_000;

const SIGNALS: Partial<Record<InstallReport['event'], HostSignal>> = {
  failed: 'install-failed',
  installed: 'installed',
  wiped: 'install-ended',
  discovered: 'install-ended',
};
const WORDS: Record<InstallReport['event'], string> = {
  started: 'its installer has begun',
  progress: 'its installer goes on',
  failed: 'the installation failed',
  installed: 'installed',
  wiped: 'its disks are empty',
  discovered: 'looked at; nothing was installed',
};

/**
 * What scripts of a kickstart tell of the installation. The bearer is a token of that kickstart: it is good for adding to
 * the story of this one installation, until it is over, and for nothing else.
 */
export class InstallReports {
  readonly #parts: Parts;
  readonly #latecomers = new Latecomers();
  /** Reports by the hash of their token. */
  readonly #taken = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws RefusalError token-early, token-unknown, token-expired, host-absent, report-surplus */
  async received(token: string, report: InstallReport, peer: string): Promise<void> {
    const { registry, onStep, onBegan, now } = this.#parts;
    const row = await this.#installation(sha256(token));
    const host = row.hostId === null ? undefined : registry.peek(row.hostId);
    if (!host) throw new RefusalError(404, 'host-absent', 'its host was removed', 'declare the host again');
    this.#count(row.hash);
    onBegan?.(host.id);
    const said = saidOf(report);
    await this.#tell(host, report, said, peer);
    const lines = logLines(report.log);
    await this.#keep(host, lines);
    const at = now().getTime();
    for (const fact of [factOf(report, said), ...lines.map(logFact)])
      onStep?.({ at, hostId: host.id, address: peer, fact });
    if (SIGNALS[report.event]) await this.#endSoon(row);
  }

  async #installation(hash: string): Promise<TokenRow> {
    const { store, now } = this.#parts;
    const row = await store.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    if (!row && this.#latecomers.mayCome(hash, now().getTime()))
      throw new RefusalError(503, 'token-early', 'the token is not known yet', 'it is tried again');
    const again = 'arm the host and install it again';
    if (row?.purpose !== 'install' || row.revoked)
      throw new RefusalError(401, 'token-unknown', 'no installation of this server', again);
    if (Date.parse(row.expiresAt) <= now().getTime())
      throw new RefusalError(401, 'token-expired', 'that installation is over', again);
    return row;
  }

  #count(hash: string): void {
    const taken = this.#taken.get(hash) ?? 0;
    if (taken >= MOST)
      throw new RefusalError(
        403,
        'report-surplus',
        `more than ${MOST} reports`,
        'let its scripts report less',
      );
    this.#taken.set(hash, taken + 1);
    forgetOldest(this.#taken, COUNTED);
  }

  /** A change of state is told with its reason; else it is a line of its own. */
  async #tell(host: Host, { event }: InstallReport, said: string, peer: string): Promise<void> {
    const { registry, now } = this.#parts;
    const signal = SIGNALS[event] ?? 'seen';
    const after = await registry.signal(host.id, signal, said, { lastSeen: now().toISOString() });
    if (after.state !== host.state) return;
    const severity = event === 'failed' ? 'error' : event === 'progress' ? 'info' : 'notice';
    await registry.note(host, 'installer', severity, `${peer}: ${said}`);
  }

  async #keep(host: Host, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const about = {
      kind: 'installer',
      severity: 'info',
      hostId: host.id,
      mac: host.macs[0] ?? null,
    } as const;
    await this.#parts.journal.recordAll(lines.map((line): Entry => ({ ...about, message: `log: ${line}` })));
  }

  async #endSoon({ hash, expiresAt }: TokenRow): Promise<void> {
    const end = new Date(this.#parts.now().getTime() + AFTER_MS).toISOString();
    if (end >= expiresAt) return;
    await this.#parts.store.updateTable('tokens').set({ expiresAt: end }).where('hash', '=', hash).execute();
  }
}

function saidOf({ event, text, line }: InstallReport): string {
  const where = event === 'failed' && line ? ` at line ${Number(line)} of the kickstart` : '';
  return `${WORDS[event]}${where}${text.trim() === '' ? '' : `: ${text.trim()}`}`;
}

/** The last lines; a log holds what machines and programs wrote. */
function logLines(log: string): string[] {
  const lines = log.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.slice(-LINES).map((line) => line.slice(0, 500));
}

function factOf({ event, text, line }: InstallReport, said: string): InstallerFact {
  if (event === 'failed') {
    const message = text.trim() || 'the installer gave up';
    return { layer: 'installer', step: 'failed', message, ...(line ? { line: Number(line) } : {}) };
  }
  const step = SIGNALS[event] ? 'done' : 'progress';
  return { layer: 'installer', step, message: said };
}

function logFact(message: string): InstallerFact {
  return { layer: 'installer', step: 'log', message };
}
