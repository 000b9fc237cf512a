import { randomInt } from 'node:crypto';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { RoleName } from './messages.ts';

/** One message between roles. `id` and `answer` make a request and its reply. */
export interface Envelope {
  from: RoleName;
  to: RoleName;
  body?: unknown;
  /** The last notice of that name is told again to a receiver that restarts, and what follows it. */
  keep?: string;
  /** It goes on from those of that name before it, which are told again too. */
  follows?: true;
  /** From the launcher: the process of role `from` has ended. */
  gone?: true;
  id?: number;
  call?: string;
  answer?: { ok: true; value: unknown } | { ok: false; code: string; message: string; mend: string };
}

export interface Port {
  send(message: Envelope): void;
  onMessage(handler: (message: Envelope) => void): void;
}

type Handler = (request: never) => Promise<unknown> | unknown;

interface Waiting {
  to: RoleName;
  call: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A role's end of the wire: notifications and calls, with nothing lost when the other side restarts. */
export class Link {
  readonly role: RoleName;
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  readonly #calls = new Map<string, Handler>();
  #onNotice: (from: RoleName, body: unknown) => void = () => undefined;
  #onGone: (role: RoleName) => void = () => undefined;
  /** Another in each process: an answer to the one that had the role before must settle no call of ours. */
  #next = randomInt(2 ** 48 - 1);

  constructor(role: RoleName, port: Port) {
    this.role = role;
    this.#port = port;
    port.onMessage((message) => void this.#receive(message));
  }

  notify(to: RoleName, body: unknown, options: Pick<Envelope, 'keep' | 'follows'> = {}): void {
    this.#port.send({ from: this.role, to, body, ...options });
  }

  onNotice(handler: (from: RoleName, body: unknown) => void): void {
    this.#onNotice = handler;
  }

  /** Another role has ended; what is told to it from now on waits for the one that is started in its place. */
  onGone(handler: (role: RoleName) => void): void {
    this.#onGone = handler;
  }

  answer(call: string, handler: Handler): void {
    this.#calls.set(call, handler);
  }

  /**
   * @param timeout milliseconds
   * @throws RackhandError as the other role threw it; role-ended when it ended meanwhile; role-silent when late
   */
  call<Reply>(to: RoleName, call: string, body: unknown, timeout = 30_000): Promise<Reply> {
    const id = this.#next++;
    return new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(
          new RackhandError('role-silent', `${to} did not answer ${call}`, `look at the log of role ${to}`),
        );
      }, timeout);
      this.#waiting.set(id, {
        ...{ to, call },
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value as Reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#port.send({ from: this.role, to, id, call, body });
    });
  }

  async #receive(message: Envelope): Promise<void> {
    if (message.gone) {
      this.#giveUp(message.from);
      this.#onGone(message.from);
    } else if (message.answer && message.id !== undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.answer.ok) waiting?.resolve(message.answer.value);
      else
        waiting?.reject(new RackhandError(message.answer.code, message.answer.message, message.answer.mend));
    } else if (message.call !== undefined && message.id !== undefined) {
      this.#port.send({
        from: this.role,
        to: message.from,
        id: message.id,
        answer: await this.#perform(message),
      });
    } else {
      this.#onNotice(message.from, message.body);
    }
  }

  #giveUp(role: RoleName): void {
    for (const [id, { to, call, reject }] of this.#waiting) {
      if (to !== role) continue;
      this.#waiting.delete(id);
      const what = `role ${role} ended before it answered ${call}`;
      reject(new RackhandError('role-ended', what, `it is started again; its log says why it ended`));
    }
  }

  async #perform(message: Envelope): Promise<NonNullable<Envelope['answer']>> {
    try {
      const handler = this.#calls.get(message.call!);
      if (!handler) throw new RackhandError('unknown-call', `no call ${message.call}`, 'restart all roles');
      return { ok: true, value: await handler(message.body as never) };
    } catch (error) {
      if (error instanceof RackhandError) {
        return { ok: false, code: error.code, message: error.message, mend: error.mend };
      }
      return {
        ok: false,
        code: 'internal',
        message: String(error),
        mend: `look at the log of role ${this.role}`,
      };
    }
  }
}

/** The wire of a role process: Node's own channel to the launcher. */
export function processPort(): Port {
  if (!process.send) throw new TypeError('a role is started by the launcher, not by hand');
  return {
    send: (message) => void process.send?.(message),
    onMessage: (handler) => void process.on('message', (message) => handler(message as Envelope)),
  };
}
