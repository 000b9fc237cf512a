import { beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, Link, type Port } from '../../../pxe-server/roles/link.ts';
import type { RoleName } from '../../../pxe-server/roles/messages.ts';

/** A wire that forwards as the launcher does; what one role is sent while nobody holds its end is kept. */
class Wire {
  readonly #ends = new Map<RoleName, (message: Envelope) => void>();
  readonly kept: Envelope[] = [];

  /** A process of that role; a later one takes its place. */
  join(role: RoleName): Link {
    const port: Port = {
      send: (message) => this.forward(message),
      onMessage: (handler) => void this.#ends.set(role, handler),
    };
    return new Link(role, port);
  }

  leave(role: RoleName): void {
    this.#ends.delete(role);
  }

  forward(message: Envelope): void {
    const end = this.#ends.get(message.to);
    if (end) end(structuredClone(message));
    else this.kept.push(message);
  }
}

let wire: Wire;
let control: Link;
let keyholder: Link;
beforeEach(() => {
  wire = new Wire();
  control = wire.join('control');
  keyholder = wire.join('keyholder');
});

describe('a call', () => {
  it('gives what the other role answers, and throws what it throws', async () => {
    keyholder.answer('double', (n: never) => 2 * n);
    keyholder.answer('fail', () => {
      throw new TypeError('a defect');
    });
    expect(await control.call('keyholder', 'double', 21)).toBe(42);
    await expect(control.call('keyholder', 'fail', {})).rejects.toMatchObject({ code: 'internal' });
    await expect(control.call('keyholder', 'nothing', {})).rejects.toMatchObject({ code: 'unknown-call' });
  });
  it('is never settled by an answer to the process that had the role before', async () => {
    const answers: ((value: string) => void)[] = [];
    keyholder.answer('prove', () => new Promise((resolve) => answers.push(resolve)));
    void control.call('keyholder', 'prove', 'A').catch(() => undefined);
    const restarted = wire.join('control');
    const proof = restarted.call('keyholder', 'prove', 'B');
    answers[0]!('proof of A');
    await new Promise(setImmediate);
    answers[1]!('proof of B');
    expect(await proof).toBe('proof of B');
  });
  it('fails at once when the other role ends', async () => {
    keyholder.answer('prove', () => new Promise(() => undefined));
    const proof = control.call('keyholder', 'prove', 'A', 720_000);
    wire.forward({ from: 'keyholder', to: 'control', gone: true });
    await expect(proof).rejects.toMatchObject({
      code: 'role-ended',
      message: 'role keyholder ended before it answered prove',
    });
  });
  it('is told that the other role has ended, to tell again what it may not have taken', () => {
    const ended: RoleName[] = [];
    control.onGone((role) => ended.push(role));
    wire.forward({ from: 'boot', to: 'control', gone: true });
    wire.forward({ from: 'boot', to: 'control', body: {} });
    expect(ended).toEqual(['boot']);
  });
  it('to another role goes on', async () => {
    keyholder.answer('double', (n: never) => 2 * n);
    const answer = control.call('keyholder', 'double', 4);
    wire.forward({ from: 'dhcp', to: 'control', gone: true });
    expect(await answer).toBe(8);
  });
});
