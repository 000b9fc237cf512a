import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PairingDesk, pairingEntry } from '../../../pxe-server/api/pairing.ts';
import { CA, openApi, type TestApi } from './fixture.ts';

let api: TestApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const record = (message: string, hostId: string | null = null) =>
  api.journal.record({ kind: 'test', severity: 'info', hostId, mac: null, message });
const told = (events: { message: string }[]) => events.map((event) => event.message);

describe('the list', () => {
  const list = async (query = '') => told((await api.call('GET', `/events${query}`)).body.events);
  beforeEach(async () => {
    for (let i = 1; i <= 6; i++) await record(`e${i}`);
  });

  it.each([
    ['', ['e1', 'e2', 'e3', 'e4', 'e5', 'e6']],
    ['?limit=2', ['e5', 'e6']],
    ['?after=2&limit=2', ['e3', 'e4']],
    ['?before=5&limit=2', ['e3', 'e4']],
    ['?after=1&before=4', ['e2', 'e3']],
    ['?after=6', []],
    ['?before=1', []],
  ])('%j', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });
  it('of one host, by id or name', async () => {
    const host = await api.registry.declare({ name: 'node1' });
    await record('of another', 'other');
    expect(await list('?host=node1')).toEqual(['declared']);
    expect(await list(`?host=${host.id}`)).toEqual(['declared']);
  });
  it('of a host with the longest name there is', async () => {
    const name = [63, 63, 63, 61].map((n) => 'n'.repeat(n)).join('.');
    await api.registry.declare({ name });
    expect(await list(`?host=${name}`)).toEqual(['declared']);
  });
  it.each(['?limit=0', '?limit=1001', '?after=-1', '?after=x', '?colour=red', '?before=1e300'])(
    '%s is refused',
    async (query) => {
      expect((await api.call('GET', `/events${query}`)).body.code).toBe('request-invalid');
    },
  );
});

describe('the live stream', () => {
  const streams: AbortController[] = [];
  let url: string;
  beforeEach(async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}/api/v1/events/stream`;
  });
  afterEach(() => {
    for (const stream of streams.splice(0)) stream.abort();
  });

  /** Reads blocks of the stream until `count` of them hold data. */
  async function* follow(query: string): AsyncGenerator<{ id?: string; event?: string; data: unknown }> {
    const stop = new AbortController();
    streams.push(stop);
    const headers = { authorization: `Bearer ${api.token}` };
    const response = await fetch(`${url}${query}`, { headers, signal: stop.signal });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
        if (fields.data !== undefined) yield { ...fields, data: JSON.parse(fields.data) };
        else yield { data: null }; // ": alive"
      }
    }
  }
  async function take(stream: AsyncGenerator<{ event?: string; data: unknown }>, count: number) {
    const taken: { event?: string; data: { message: string } }[] = [];
    while (taken.length < count) {
      const { value } = await stream.next();
      if (value?.data) taken.push(value as never);
    }
    return taken;
  }
  const messages = async (stream: ReturnType<typeof follow>, count: number) =>
    told((await take(stream, count)).map((block) => block.data));

  it('goes on behind an event: what was missed first, then what is new, each once and in order', async () => {
    for (let i = 1; i <= 1200; i++) await record(`e${i}`);
    const stream = follow('?after=100');
    await stream.next();
    const late = Promise.all([record('e1201'), record('e1202')]);
    const got = await messages(stream, 1102);
    await late;
    expect(got).toEqual(Array.from({ length: 1102 }, (_, i) => `e${101 + i}`));
  });
  it('without "after" only what is new', async () => {
    await record('old');
    const stream = follow('');
    await stream.next();
    await record('new');
    expect(await messages(stream, 1)).toEqual(['new']);
  });
  it('of one host', async () => {
    const host = await api.registry.declare({ name: 'node1' });
    const stream = follow('?after=0&host=node1');
    await stream.next();
    await record('of another', 'other');
    await record('its own', host.id);
    expect(await messages(stream, 2)).toEqual(['declared', 'its own']);
  });
  it('with hosts=true also the row of each changed host, and which was removed', async () => {
    const stream = follow('?hosts=true');
    await stream.next();
    const host = await api.registry.declare({ name: 'node1' });
    const rows = (blocks: Awaited<ReturnType<typeof take>>) =>
      blocks.filter((block) => block.event).map(({ event, data }) => ({ event, data }));
    expect(rows(await take(stream, 2))).toMatchObject([
      { event: 'host', data: { id: host.id, name: 'node1', state: 'declared' } },
    ]);
    await api.registry.remove(host.id);
    expect(rows(await take(stream, 2))).toEqual([{ event: 'host-removed', data: { id: host.id } }]);
  });
  it('a client that does not read misses nothing and costs no memory', async () => {
    const stream = follow('?after=0');
    await stream.next(); // from here on nothing is read until 4 MB are behind
    const text = 'x'.repeat(980);
    const rows = Array.from({ length: 4000 }, (_, i) => ({
      ...{ kind: 'test', severity: 'info' as const, hostId: null, mac: null },
      message: `${i} ${text}`,
    }));
    await api.journal.recordAll(rows);
    expect((await messages(stream, 4000)).map((message) => Number.parseInt(message, 10))).toEqual(
      rows.map((_, i) => i),
    );
  });
  it('a client that leaves is forgotten, and closing the server ends the rest', async () => {
    const leaving = follow('');
    await leaving.next();
    streams.pop()!.abort();
    await expect(leaving.next()).rejects.toThrow(/abort/);
    const staying = follow('');
    await staying.next();
    await record('still told');
    expect(await messages(staying, 1)).toEqual(['still told']);
    const ended = staying.next().then(
      ({ done }) => done,
      () => true,
    );
    await api.app.close();
    expect(await ended).toBe(true);
    expect(api.internal).toEqual([]);
  });
  it('is no answer to HEAD', async () => {
    const headers = { authorization: `Bearer ${api.token}` };
    expect((await fetch(url, { method: 'HEAD', headers })).status).toBe(404);
  });
});

describe('pairing', () => {
  it('a code with what a person types at the console, and an event that does not hold it', async () => {
    await api.registry.declare({ name: 'node1' });
    const { body } = await api.call('POST', '/pairing', { host: 'node1' });
    expect(body).toEqual({
      code: expect.stringMatching(/^\d{8}$/),
      expiresAt: '2026-01-01T00:01:00.000Z',
      servers: ['192.0.2.1:8443', '198.51.100.1:8443'],
      caFingerprint: CA,
    });
    const { events } = (await api.call('GET', '/events?host=node1')).body;
    expect(told(events)).toEqual(['declared', 'a pairing code was shown for node1']);
    expect(JSON.stringify(events)).not.toContain(body.code);
    expect(api.pairing.redeem(body.code, 20)!.row.hostId).toBe(api.registry.get('node1').id);
  });
  it('a code for any machine ends after a minute', async () => {
    const { code } = (await api.call('POST', '/pairing', {})).body;
    api.pass(60);
    expect(api.pairing.redeem(code, 20)).toBeUndefined();
    const next = (await api.call('POST', '/pairing', {})).body;
    api.pass(59);
    expect(api.pairing.redeem(next.code, 20)!.row).toMatchObject({ hostId: null, purpose: 'pair' });
  });
  it('what becomes of a code is told: used by a machine, or withdrawn after too many wrong ones', async () => {
    const news: string[] = [];
    const desk = new PairingDesk(Date.now, (heard) => {
      const { severity, hostId, message } = pairingEntry(heard);
      news.push(`${severity} ${hostId}: ${message}`);
    });
    desk.redeem(desk.open('h1').code, 20);
    const { code } = desk.open(null);
    const wrong = code === '00000000' ? '00000001' : '00000000';
    for (let i = 0; i < 7; i++) desk.redeem(wrong, 20);
    expect(desk.redeem(code, 20)).toBeUndefined();
    expect(news).toEqual([
      'notice h1: a machine used its pairing code',
      'warning null: too many wrong pairing codes: 1 open code(s) withdrawn',
    ]);
  });
});
