import { RackhandError } from '../../builder/shared/errors.ts';
import { type DomainType, guestNames } from './guest.ts';
import { ProbeGuest } from './probe-guest.ts';
import { domainTypes, nodeSummary, versionSummary } from './read.ts';
import { pause, type VirshTarget, virsh } from './virsh.ts';

export interface ProbeHost {
  name: string;
  /** Address the manager connects to; the host's certificate must name it. */
  address: string;
  /** 8 to 64 letters, digits or dashes; the guest must print it. */
  nonce: string;
}

export type ProbeStepName = 'connect' | 'capabilities' | 'nodeinfo' | 'define-start' | 'console' | 'destroy';

export interface ProbeStep {
  step: ProbeStepName;
  ok: boolean;
  milliseconds: number;
  /** What was found, or what failed, for people. */
  detail: string;
}

export interface ProbeResult {
  ok: boolean;
  steps: ProbeStep[];
  /** Why it failed; null when ok. */
  failure: { step: ProbeStepName; code: string; message: string; mend: string } | null;
}

export interface ProbeOptions {
  /** Folder for `pkipath=`. */
  pki: string;
  onStep: (step: ProbeStep) => void;
  signal?: AbortSignal;
  /** A host that just registered needs a while to open its TLS port. Milliseconds. */
  connectTimeout?: number;
  /** Milliseconds for the guest to print the nonce. */
  consoleTimeout?: number;
  /** Tests on machines without a working /dev/kvm use qemu. */
  domainType?: DomainType;
  port?: number;
}

/** One line of a result: what was proved, or which step failed, why, and the mend. */
export function probeOutcome({ ok, steps, failure }: ProbeResult): { ok: boolean; message: string } {
  const detail = (step: ProbeStepName) => steps.find((s) => s.step === step)?.detail ?? '';
  if (ok) return { ok, message: `proved by a KVM guest: ${detail('nodeinfo')}; ${detail('connect')}` };
  if (!failure) return { ok, message: 'the probe ended without a reason' };
  return { ok, message: `${failure.step}: ${failure.message}; ${failure.mend}` };
}

const NONCE = /^[A-Za-z0-9-]{8,64}$/;

/**
 * Proves over libvirt TLS that a host is a working hypervisor: reads what it is, starts a KVM guest that prints
 * the nonce on its serial port, reads it back, and takes everything away again.
 * A host's fault is a result with `ok: false`; only an abort and our own faults are thrown.
 */
export async function probeHost(host: ProbeHost, options: ProbeOptions): Promise<ProbeResult> {
  if (!NONCE.test(host.nonce)) throw new TypeError('nonce has a wrong form');
  const type = options.domainType ?? 'kvm';
  const target: VirshTarget = {
    address: host.address,
    pki: options.pki,
    ...(options.port !== undefined && { port: options.port }),
    ...(options.signal && { signal: options.signal }),
  };
  const guest = new ProbeGuest(target, guestNames(host.nonce.toLowerCase()));
  const report = new Report(options.onStep);
  try {
    await report.step('connect', () => connect(target, options.connectTimeout ?? 120_000));
    await report.step('capabilities', async () => offers(await virsh(target, ['capabilities']), type));
    await report.step('nodeinfo', async () => nodeSummary(await virsh(target, ['nodeinfo'])));
    await report.step('define-start', () => guest.start(type, host.nonce));
    await report.step('console', () => guest.waitFor(host.nonce, options.consoleTimeout ?? 120_000));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  } finally {
    if (guest.started) await report.step('destroy', () => guest.remove()).catch(ignoreReported);
  }
  return report.result();
}

/**
 * A host that just registered: its daemon starts, shows the certificate that it made itself until it has taken the
 * one that we issued, and until then knows only itself as an authority.
 */
const NOT_READY = ['host-unreachable', 'host-silent', 'tls-wrong-authority', 'tls-refused-us'];

/** Waits until the host takes connections and shows its certificate; what else goes wrong is final. */
async function connect(target: VirshTarget, timeout: number): Promise<string> {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      return versionSummary(await virsh(target, ['version', '--daemon'], 20_000));
    } catch (error) {
      const mayCome = error instanceof RackhandError && NOT_READY.includes(error.code);
      if (!mayCome || Date.now() > deadline) throw error;
    }
    await pause(2000, target.signal);
  }
}

function offers(capabilities: string, type: DomainType): string {
  const types = domainTypes(capabilities);
  if (types.includes(type)) return `x86_64 guests: ${types.join(', ')}`;
  throw new RackhandError(
    'kvm-missing',
    `the host offers no ${type} guests for x86_64 (only: ${types.join(', ') || 'none'})`,
    'switch on virtualization (VT-x, AMD-V) in its firmware, and see that kvm_intel or kvm_amd is loaded',
  );
}

class StepFailed extends Error {}

function ignoreReported(error: unknown): void {
  if (!(error instanceof StepFailed)) throw error;
}

class Report {
  readonly #steps: ProbeStep[] = [];
  readonly #onStep: (step: ProbeStep) => void;
  #failure: ProbeResult['failure'] = null;

  constructor(onStep: (step: ProbeStep) => void) {
    this.#onStep = onStep;
  }

  async step(step: ProbeStepName, work: () => Promise<string>): Promise<void> {
    const started = Date.now();
    const done = (ok: boolean, detail: string) => {
      const entry = { step, ok, milliseconds: Date.now() - started, detail };
      this.#steps.push(entry);
      this.#onStep(entry);
    };
    try {
      done(true, await work());
    } catch (error) {
      if (!(error instanceof RackhandError) || error.code === 'cancelled') throw error;
      this.#failure ??= { step, code: error.code, message: error.message, mend: error.mend };
      done(false, error.message);
      throw new StepFailed();
    }
  }

  result(): ProbeResult {
    return { ok: this.#failure === null, steps: this.#steps, failure: this.#failure };
  }
}
