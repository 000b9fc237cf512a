import { setPriority } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { RackhandError } from '../../builder/shared/errors.ts';
import { type Daemon, startDaemon } from '../../builder/shared/process/daemon.ts';
import type { Account } from '../config/account.ts';
import type { Envelope } from './link.ts';
import type { RoleName } from './messages.ts';
import type { Order } from './role.ts';

export interface RoleSpec {
  role: RoleName;
  settings: unknown;
  /** Open sockets by key; they stay open here, so that a role that restarts gets them again. */
  sockets: Record<string, number>;
  /** Null: stay who we are. */
  account: Account | null;
  /** Niceness (nice(2)) of its process and of the threads that it makes. */
  nice?: number;
}

interface Running {
  spec: RoleSpec;
  daemon: Daemon | undefined;
  /** It has its order, the first thing that it hears. */
  ordered: boolean;
  ready: boolean;
  waiting: Envelope[];
  /** In the order in which they were told first. */
  kept: Map<string, Envelope[]>;
  failures: number;
}

/** Messages kept for a role that restarts, and how long a role may take to get ready (milliseconds). */
const WAITING_LIMIT = 10_000;
const READY_MS = 90_000;
/** Standard streams and Node's own channel come first. */
const FIRST_DESCRIPTOR = 4;

/** Starts the roles, forwards what they say to each other, and starts one again that ended. */
export class Launcher {
  readonly #log: Logger;
  readonly #programs: string;
  readonly #roles = new Map<RoleName, Running>();
  #stopping = false;

  /** @param programs folder with the program of each role, ROLE.ts */
  constructor(log: Logger, programs = import.meta.dirname) {
    this.#log = log;
    this.#programs = programs;
  }

  /**
   * In order; each is ready before the next gets its settings. Their programs load all at once: that takes most of it.
   * @throws RackhandError of the role that failed
   */
  async start(specs: RoleSpec[]): Promise<void> {
    const idle = { daemon: undefined, ordered: false, ready: false, failures: 0 };
    const roles = specs.map((spec): Running => ({ ...idle, spec, waiting: [], kept: new Map() }));
    for (const running of roles) this.#roles.set(running.spec.role, running);
    const daemons = roles.map((running) => this.#load(running));
    for (const [i, running] of roles.entries()) if (!this.#stopping) await this.#order(running, daemons[i]!);
  }

  pids(): Partial<Record<RoleName, number | undefined>> {
    return Object.fromEntries([...this.#roles].map(([role, running]) => [role, running.daemon?.pid]));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#roles.values()].map((running) => running.daemon?.stop()));
  }

  /** Starts its process, which waits for its order. */
  #load(running: Running): Daemon {
    const { spec } = running;
    const program = join(this.#programs, `${spec.role}.ts`);
    const daemon = startDaemon([process.execPath, '--disable-warning=ExperimentalWarning', program], {
      env: environmentOf(process.env),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      descriptors: Object.values(spec.sockets),
    });
    running.daemon = daemon;
    running.ordered = false;
    if (spec.nice !== undefined && daemon.pid !== undefined) this.#setNice(daemon.pid, spec.nice);
    return daemon;
  }

  /** Resolves when it is ready. */
  #order(running: Running, daemon: Daemon): Promise<void> {
    const { spec } = running;
    const keys = Object.keys(spec.sockets);
    const order: Order = {
      settings: spec.settings,
      sockets: Object.fromEntries(keys.map((key, i) => [key, FIRST_DESCRIPTOR + i])),
      account: spec.account,
    };
    daemon.child.send({ order });
    running.ordered = true;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new RackhandError('role-silent', `role ${spec.role} did not get ready`, 'its log says why'));
      }, READY_MS);
      daemon.child.on('message', (message: { ready?: string; failed?: string; error?: Told } & Envelope) => {
        if (message.ready) {
          clearTimeout(late);
          running.ready = true;
          for (const kept of [...running.kept.values()].flat()) daemon.child.send(kept);
          for (const late of running.waiting.splice(0)) daemon.child.send(late);
          resolve();
        } else if (message.failed && message.error) {
          reject(new RackhandError(message.error.code, message.error.message, message.error.mend));
        } else this.#forward(message);
      });
      void daemon.exited.then(({ code, signal }) => {
        clearTimeout(late);
        const wasReady = running.ready;
        running.ready = false;
        this.#tellGone(spec.role);
        const how = signal ? `signal ${signal}` : `exit code ${code}`;
        reject(new RackhandError('role-failed', `role ${spec.role} ended with ${how}`, 'its log says why'));
        if (!this.#stopping && (wasReady || running.failures > 0)) this.#restart(running, how);
      });
    });
  }

  /** Without the right to it the role runs as all others do. */
  #setNice(pid: number, nice: number): void {
    try {
      setPriority(pid, nice);
    } catch (error) {
      this.#log.debug(error, 'niceness');
    }
  }

  #restart(running: Running, how: string): void {
    const pause = Math.min(30_000, 250 * 2 ** running.failures++);
    this.#log.error({ role: running.spec.role, how, pause }, 'role ended; starting it again');
    setTimeout(() => {
      if (this.#stopping) return;
      this.#order(running, this.#load(running)).then(
        () => {
          running.failures = 0;
        },
        (error) => this.#log.error(error),
      );
    }, pause);
  }

  #tellGone(from: RoleName): void {
    for (const [to, { daemon, ordered }] of this.#roles)
      if (to !== from && ordered && daemon?.child.connected) daemon.child.send({ from, to, gone: true });
  }

  /** A role that is starting may already speak, and call roles that are ready. */
  #forward(message: Envelope): void {
    const target = this.#roles.get(message.to);
    if (!target) return;
    if (message.keep) keep(target.kept, message.keep, message);
    const starting = target.daemon?.child.connected && message.answer !== undefined;
    if (target.ready || starting) target.daemon?.child.send(message);
    else if (!message.keep && target.waiting.length < WAITING_LIMIT) target.waiting.push(message);
  }
}

function keep(kept: Map<string, Envelope[]>, name: string, message: Envelope): void {
  const before = message.follows ? kept.get(name) : undefined;
  if (before) before.push(message);
  else kept.set(name, [message]);
}

/** Of a role: how much it logs, and where compiled modules are kept: bin/rackhand names it, and roles load in half the time. */
function environmentOf({ RACKHAND_LOG, NODE_COMPILE_CACHE }: NodeJS.ProcessEnv): Record<string, string> {
  return {
    RACKHAND_LOG: RACKHAND_LOG ?? 'info',
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
  };
}

interface Told {
  code: string;
  message: string;
  mend: string;
}
