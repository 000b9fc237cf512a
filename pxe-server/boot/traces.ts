import { FloodGate } from '../events/flood-gate.ts';
import type { BootTrace } from '../roles/messages.ts';

/** What control hears of boot requests: however many come in, what it has to write stays countable. */
export class Traces {
  readonly #tell: (trace: BootTrace) => void;
  readonly #hosts: FloodGate<BootTrace>;
  readonly #strangers: FloodGate<BootTrace>;

  constructor(tell: (trace: BootTrace) => void) {
    const rest = (message: string) =>
      tell({ kind: 'warning', hostId: null, mac: null, address: null, message });
    this.#tell = tell;
    // Apart: hosts' states follow their traces, which no flood of strangers may swallow.
    this.#hosts = new FloodGate(tell, rest, 'boot request(s) of hosts');
    this.#strangers = new FloodGate(tell, rest, 'boot request(s)');
  }

  tell(trace: BootTrace): void {
    // It takes the arming of its host, and each needed a token of its own.
    if (trace.kind === 'kickstart') this.#tell(trace);
    else if (trace.hostId !== null) this.#hosts.tell(trace);
    else this.#strangers.tell(trace);
  }

  stop(): void {
    this.#hosts.stop();
    this.#strangers.stop();
  }
}
