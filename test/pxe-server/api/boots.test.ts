import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fact } from '../../../pxe-server/trace/entry.ts';
import { agent, discover, foreign, LEASED, LOADED, offer, START, script, traceOf } from '../trace/steps.ts';
import { openApi, type TestApi } from './fixture.ts';

const MAC = '52:54:00:00:00:01';
let api: TestApi;
beforeEach(async () => {
  api = await openApi();
  await api.registry.declare({ name: 'node1', macs: [MAC] });
});
afterEach(async () => {
  await api.close();
  expect(api.internal).toEqual([]);
});
const seen = (...steps: Parameters<typeof traceOf>) =>
  api.recorder.take(traceOf(...steps).map((entry) => ({ mac: MAC, ...entry })));

describe('why', () => {
  it('of a host that was never heard', async () => {
    const { status, body } = await api.call('GET', '/hosts/node1/why');
    expect(status).toBe(200);
    expect(body).toMatchObject({ host: 'node1', reach: 'nothing', mac: null, steps: [], boots: [] });
    expect(body.diagnoses).toMatchObject([{ kind: 'never-asked' }]);
  });
  it('the last attempt, its steps and what they show', async () => {
    seen(...LOADED);
    api.pass(60);
    const { body } = await api.call('GET', '/hosts/node1/why');
    expect(body).toMatchObject({ boot: '2026-01-01T00:00:00.000Z', reach: 'loader', mac: MAC, left: 0 });
    expect(body.steps[0]).toEqual({
      ...{
        number: 0,
        time: '2026-01-01T00:00:00.000Z',
        layer: 'dhcp',
        direction: 'in',
        times: 1,
        packet: false,
      },
      ...{
        until: '2026-01-01T00:00:00.000Z',
        message: expect.stringContaining('its firmware looks for DHCP servers'),
      },
    });
    expect(body.diagnoses).toMatchObject([
      { kind: 'secure-boot-refuses', effect: 'stops', certainty: 'likely', evidence: [5] },
    ]);
    expect(body.boots).toEqual([
      {
        boot: '2026-01-01T00:00:00.000Z',
        mac: MAC,
        reach: 'loader',
        steps: 6,
        diagnosis: 'secure-boot-refuses',
      },
    ]);
  });
  it('another attempt than the last; one that is not kept names those that are', async () => {
    seen(...LOADED, [7, script('local', 'not armed')]);
    seen([300, discover({ xid: 5 })]);
    const first = await api.call('GET', `/hosts/node1/why?boot=${new Date(START).toISOString()}`);
    expect(first.body.diagnoses[0].kind).toBe('sent-to-disk');
    expect(first.body.boots).toHaveLength(2);
    const absent = await api.call('GET', '/hosts/node1/why?boot=2020-01-01T00:00:00.000Z');
    expect([absent.status, absent.body.code]).toEqual([404, 'boot-absent']);
    expect(absent.body.mend).toContain('2026-01-01T00:05:00.000Z, 2026-01-01T00:00:00.000Z');
    expect((await api.call('GET', '/hosts/absent/why')).status).toBe(404);
  });
  it('where another server is meant to give the addresses, its answer is no fault', async () => {
    seen([0, discover()], [0, offer({ address: undefined })], [0, foreign('offer', { server: '192.0.2.2' })]);
    const { body } = await api.call('GET', '/hosts/node1/why');
    expect(body.diagnoses).toEqual([]);
  });
  it('what a machine sent is one plain line', async () => {
    seen([0, discover()], [1, agent('refused', { code: 'x', message: `\u001b[2J${'a'.repeat(32)}\n` })]);
    const { body } = await api.call('GET', '/hosts/node1/why');
    expect(body.steps[1].message).toBe('registration refused [x]: \ufffd[2J[token] ');
  });
});

it('the packets of a boot, as a file with its name', async () => {
  seen(...LEASED);
  const response = await api.app.inject({
    url: '/api/v1/hosts/node1/boots/2026-01-01T00:00:00.000Z/pcapng',
    headers: { authorization: `Bearer ${api.token}` },
  });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-disposition']).toBe(
    'attachment; filename="node1-2026-01-01T000000.000Z.pcapng"',
  );
  expect(response.rawPayload.readUInt32LE(0)).toBe(0x0a0d0d0a);
  expect((await api.app.inject('/api/v1/hosts/node1/boots/2026-01-01T00:00:00.000Z/pcapng')).statusCode).toBe(
    401,
  );
});

async function watching(): Promise<IncomingMessage> {
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.app.server.address() as AddressInfo;
  const path = '/api/v1/hosts/node1/boots/stream';
  const request = get({ port, path, headers: { authorization: `Bearer ${api.token}` } });
  return (await once(request, 'response'))[0];
}

it('who watches gets each step, and what it shows', async () => {
  const response = await watching();
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  await expect.poll(() => text).toContain(': alive');
  seen(...LEASED);
  api.recorder.take([{ mac: '52:54:00:00:00:09', at: START, fact: discover() }]);
  await expect.poll(() => text.match(/^data: /gm)?.length).toBe(4);
  expect(text).toMatch(/^event: boot\ndata: \{"number":0,.*its firmware looks for DHCP servers/m);
  seen([2, script('local', 'not armed')]);
  await expect.poll(() => text).toMatch(/^event: diagnosis\ndata: \{"kind":"sent-to-disk"/m);
  response.destroy();
});

it('who watches and does not read is told the newest steps, and none are kept for him without end', async () => {
  const response = await watching();
  const STEPS = 60_000;
  for (let i = 0; i < STEPS; i += 500) {
    const said = Array.from({ length: 500 }, (_, k) => `${i + k} ${'x'.repeat(500)}`);
    seen(...said.map((message, k): [number, Fact] => [(i + k) / 1000, agent('refused', { message })]));
    await setTimeout(1);
  }
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  await expect.poll(() => text.includes(`${STEPS - 1} xxx`), { timeout: 20_000 }).toBe(true);
  expect(text.match(/^data: \{"number"/gm)!.length).toBeLessThan(STEPS - 5000);
  response.destroy();
});
