import type { Health } from '../contract/health.ts';
import type { ChannelLine, StartReport } from '../contract/trial.ts';
import type { ModePlan } from './modes.ts';

/** Whether a machine has come to its end, and to which. Pure. */

export interface Sight {
  /** All of the serial port. */
  text: string;
  told: readonly ChannelLine[];
  /** It is switched off. */
  closed: boolean;
  seconds: number;
  /** Seconds that it may take. */
  limit: number;
}

export interface Judged {
  passed: boolean;
  why: string;
}

/** What shim, GRUB and firmware say of a kernel that they do not trust. */
const REFUSED = /bad shim signature|invalid signature|Verification failed|Security Violation|Access Denied/i;
const STOPPED = /rackhand: (stopped \[([a-z-]+)\]: [^\r\n]*)/;
const BROKEN =
  /Kernel panic - not syncing[^\r\n]*|You are in emergency mode|Entering emergency mode|dracut:\/#/;
const KERNEL = /Linux version |\[ *\d+\.\d{6}\]/;

/** Undefined while it has to be waited for. */
export function judge(expect: ModePlan['expect'], sight: Sight): Judged | undefined {
  const { text, seconds, limit, closed } = sight;
  const found =
    expect === 'kernel-refused'
      ? kernelRefused(text)
      : expect === 'image-refused'
        ? imageRefused(sight)
        : healthy(sight);
  if (found) return found;
  if (closed) return { passed: false, why: `it switched itself off; last: ${lastLine(text)}` };
  if (seconds > limit) return { passed: false, why: `not within ${limit} s; last: ${lastLine(text)}` };
  return undefined;
}

function kernelRefused(text: string): Judged | undefined {
  if (KERNEL.test(text)) return { passed: false, why: 'a changed kernel was started' };
  const said = REFUSED.exec(text)?.[0];
  return said === undefined ? undefined : { passed: true, why: `refused: ${said}` };
}

function imageRefused({ text, told }: Sight): Judged | undefined {
  if (told.length > 0) return { passed: false, why: 'a changed image was started' };
  const stopped = STOPPED.exec(text);
  if (!stopped) return undefined;
  return { passed: stopped[2] === 'image-wrong', why: clean(stopped[1]!) };
}

function healthy({ text, told }: Sight): Judged | undefined {
  const stopped = STOPPED.exec(text)?.[1] ?? BROKEN.exec(text)?.[0];
  if (stopped) return { passed: false, why: clean(stopped) };
  const health = healthOf(told);
  if (!health || !startOf(told)) return undefined;
  return { passed: health.state !== 'failed', why: healthWords(health) };
}

export function healthOf(told: readonly ChannelLine[]): Health | undefined {
  return told.flatMap((line) => (line.kind === 'health' ? [line.health] : [])).at(-1);
}

export function startOf(told: readonly ChannelLine[]): StartReport | undefined {
  return told.flatMap((line) => (line.kind === 'start' ? [line] : [])).at(-1);
}

/** "healthy", or what is not. */
function healthWords({ checks }: Health): string {
  const bad = checks
    .filter(({ state }) => state !== 'ok')
    .map(({ name, state, message }) => `${name} ${state}: ${message}`);
  return bad.length === 0 ? `healthy: ${checks.length} checks` : bad.join('; ').slice(0, 1500);
}

/** Whether a healthy host told the service who it is, without anybody's help. @param state as the service has it */
export function known(state: string | undefined, healthy: Judged): Judged {
  if (state === 'registering' || state === 'probing' || state === 'up') return healthy;
  return { passed: false, why: `healthy, but the service knows it as ${state ?? 'nobody'}` };
}

/** Whether what a host is survived the second start. */
export function sameTwice(first: StartReport, second: StartReport): Judged {
  if (first.state === '' || second.state === '')
    return { passed: false, why: 'no partition keeps what the host is' };
  if (first.identity === '' || first.identity !== second.identity)
    return { passed: false, why: `its SSH key was ${first.identity}, then ${second.identity}` };
  if (!first.saved)
    return { passed: false, why: `the same host, but it did not say that it was saved on ${first.state}` };
  return { passed: true, why: `the same host after its plug was pulled: ${second.identity}` };
}

function lastLine(text: string): string {
  const lines = clean(text)
    .split('\n')
    .map((line) => line.trim());
  return (
    lines
      .filter((line) => line !== '')
      .at(-1)
      ?.slice(0, 300) ?? 'nothing on the serial port'
  );
}

/** Without the codes of a terminal. */
function clean(text: string): string {
  return text
    .slice(-20_000)
    .replace(/\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[78=>])/g, '')
    .replace(/[^\x20-\x7e\n]/g, '');
}
