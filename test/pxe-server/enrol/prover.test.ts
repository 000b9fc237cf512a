import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { Prover } from '../../../pxe-server/enrol/prover.ts';
import type { Host, HostState } from '../../../pxe-server/hosts/model.ts';
import { type Envelope, Link, type Port } from '../../../pxe-server/roles/link.ts';
import type { KeyHolderCalls, ProbeOutcome } from '../../../pxe-server/roles/messages.ts';
import { type Books, openBooks } from './desk.ts';

type Probe = KeyHolderCalls['probe']['request'];

let books: Books;
let prover: Prover;
/** What the key holder was asked for, and how it answers. */
let asked: Probe[];
let answer: (request: Probe) => Promise<ProbeOutcome> | ProbeOutcome;
let faults: unknown[];

beforeEach(async () => {
  books = await openBooks();
  asked = [];
  answer = () => ({ ok: true, message: 'proved' });
  faults = [];
  const [control, keyholder] = wire();
  const link = new Link('control', control);
  new Link('keyholder', keyholder).answer('probe', (request: Probe) => {
    asked.push(request);
    return answer(request);
  });
  prover = new Prover({ ...books, link, onInternal: (error) => faults.push(error) });
});
afterEach(async () => {
  vi.useRealTimers();
  await books.close();
  expect(faults).toEqual([]);
});

/** Two ends of one wire. */
function wire(): [Port, Port] {
  const handlers: ((message: Envelope) => void)[] = [];
  const end = (own: number, other: number): Port => ({
    send: (message) => queueMicrotask(() => handlers[other]!(message)),
    onMessage: (handler) => {
      handlers[own] = handler;
    },
  });
  return [end(0, 1), end(1, 0)];
}

async function host(name: string, state: HostState, change: Partial<Host> = {}): Promise<Host> {
  const { id } = await books.registry.declare({ name });
  return books.registry.update(id, { state, managementAddress: '192.0.2.10', publicKey: 'k1', ...change });
}
const current = (name: string) => books.registry.get(name);
/** Until the journal tells that the host got into that state: the last thing that is written. */
const settled = (name: string, state: HostState) =>
  vi.waitFor(
    async () => {
      const events = await books.journal.list({ hostId: current(name).id });
      expect(events.at(-1)?.message).toContain(` → ${state}: `);
    },
    { interval: 1 },
  );

describe('the proof of a host', () => {
  it('makes it up', async () => {
    const { id } = await host('node1', 'registering');
    prover.enqueue(id);
    await settled('node1', 'up');
    expect(asked).toEqual([
      { hostId: id, name: 'node1', address: '192.0.2.10', nonce: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    expect(await books.story()).toContain('probing → up: proved');
  });
  it('is asked for again while the host is up, and after it failed', async () => {
    for (const state of ['up', 'failed'] as const) await host(state, state);
    for (const { id } of books.registry.list()) prover.enqueue(id);
    await settled('failed', 'up');
    await vi.waitFor(() => expect(asked.map((request) => request.name).sort()).toEqual(['failed', 'up']));
    await settled('up', 'up');
  });
  it.each<HostState>(['declared', 'booting', 'lost', 'frozen'])('of one that is %s waits', async (state) => {
    prover.enqueue((await host('node1', state)).id);
    prover.enqueue((await host('node2', 'registering')).id);
    await settled('node2', 'up');
    expect(current('node1').state).toBe(state);
    expect(asked.map((request) => request.name)).toEqual(['node2']);
  });
  it('is tried three times, with a nonce of its own each time, before the host counts as failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    answer = () => {
      if (asked.length === 2) throw new RackhandError('host-silent', 'no answer', 'look');
      return { ok: false, message: `connect: refusal ${asked.length}` };
    };
    const { id } = await host('node1', 'registering');
    prover.enqueue(id);
    for (let n = 0; n < 3; n++) await vi.advanceTimersByTimeAsync(10_000);
    expect(current('node1')).toMatchObject({ state: 'failed', reason: 'connect: refusal 3' });
    expect(new Set(asked.map((request) => request.nonce)).size).toBe(3);
    expect(await books.story()).toEqual(
      expect.arrayContaining([
        'try 1 of 3 failed: connect: refusal 1',
        'try 2 of 3 failed: no answer',
        'probing → failed: connect: refusal 3',
      ]),
    );
  });
  it('that another boot overtook counts for nothing; the new boot is proved', async () => {
    const { id } = await host('node1', 'registering');
    let first = true;
    answer = async () => {
      if (!first) return { ok: true, message: 'proved' };
      first = false;
      await books.registry.signal(id, 'booted', 'script');
      await books.registry.signal(id, 'registered', 'registered', { publicKey: 'k2' });
      prover.enqueue(id);
      return { ok: false, message: 'gone' };
    };
    prover.enqueue(id);
    await settled('node1', 'up');
    expect(asked).toHaveLength(2);
  });
  it('of a host that is removed meanwhile ends quietly', async () => {
    const { id } = await host('node1', 'registering');
    answer = async () => {
      await books.registry.remove(id);
      return { ok: true, message: 'proved' };
    };
    prover.enqueue(id);
    prover.enqueue((await host('node2', 'registering')).id);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    answer = () => ({ ok: true, message: 'proved' });
    prover.enqueue((await host('node3', 'registering')).id);
    await settled('node3', 'up');
    expect(books.registry.list().map(({ name }) => name)).not.toContain('node1');
  });
});

describe('proofs of many hosts', () => {
  it('run four at a time; a host that waits is not queued again', async () => {
    let running = 0;
    let most = 0;
    answer = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { ok: true, message: 'proved' };
    };
    const hosts = await Promise.all(Array.from({ length: 10 }, (_, n) => host(`node${n}`, 'registering')));
    for (const { id } of [...hosts, ...hosts.slice(4)]) prover.enqueue(id);
    for (const { name } of hosts) await settled(name, 'up');
    expect(most).toBe(4);
    expect(asked).toHaveLength(10);
  });
  it('go on after a restart of control', async () => {
    await host('node1', 'registering');
    await host('node2', 'probing');
    await host('node3', 'failed');
    prover.resume();
    await settled('node1', 'up');
    await settled('node2', 'up');
    expect(current('node3').state).toBe('failed');
  });
});

it('a step is told with its time', async () => {
  const { id } = await host('node1', 'probing');
  await prover.step({ hostId: id, step: 'connect', ok: true, milliseconds: 12, detail: 'libvirt 9.0.0' });
  await prover.step({ hostId: id, step: 'console', ok: false, milliseconds: 90, detail: 'silent' });
  expect((await books.story()).slice(-2)).toEqual([
    'connect: ok after 12 ms: libvirt 9.0.0',
    'console: failed after 90 ms: silent',
  ]);
});
