import { afterEach, describe, expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import type { QueueQuestion, QueueView } from '../../../pxe-server/admission/view.ts';
import { queueText } from '../../../pxe-server/commands/queue.ts';
import { openApi, type TestApi } from './fixture.ts';

const machine = { hostId: null, name: 'node3', mac: '52:54:00:00:00:03', address: '192.0.2.13' };
const since = '2026-01-01T00:00:00.000Z';
const VIEW: QueueView = {
  ...{ bandwidth: 125_000_000, measured: false, rate: 124_000_000, places: 4 },
  going: [{ ...machine, name: 'node1', bytes: 600, lines: [], since }],
  waiting: [{ place: 1, ...machine, bytes: 600, lines: ['rack r1'], since, seconds: 5 }],
};
let api: TestApi;
afterEach(() => api.close());

async function open(): Promise<QueueQuestion[]> {
  const asked: QueueQuestion[] = [];
  const queue = async (question: QueueQuestion) => {
    asked.push(question);
    if (question.move && question.move.who !== 'node3')
      throw new RackhandError('host-not-waiting', 'it does not wait', 'look');
    return VIEW;
  };
  api = await openApi(undefined, { queue });
  return asked;
}

describe('the queue', () => {
  it('GET', async () => {
    await open();
    expect(await api.call('GET', '/queue')).toMatchObject({ status: 200, body: VIEW });
  });
  it('PUT of a place, which is an event', async () => {
    const asked = await open();
    expect(await api.call('PUT', '/queue/node3/place', { place: 1 })).toMatchObject({
      status: 200,
      body: VIEW,
    });
    expect(asked).toEqual([{ move: { who: 'node3', place: 1 } }]);
    const events = await api.journal.list({ after: 0, limit: 10 });
    expect(events.at(-1)).toMatchObject({ kind: 'waiting', severity: 'notice', mac: machine.mac });
    expect(events.at(-1)?.message).toContain('node3: put on place 1 of those that wait, by a person');
  });
  it('PUT takes a MAC as anybody writes it', async () => {
    const asked = await open();
    for (const who of ['52-54-00-AB-00-03', '52:54:00:AB:00:03'])
      await api.call('PUT', `/queue/${who}/place`, { place: 1 });
    const moved = { move: { who: '52:54:00:ab:00:03', place: 1 } };
    expect(asked).toEqual([moved, moved]);
  });
  it.each([
    ['who does not wait', 'node9', { place: 1 }, 409, 'host-not-waiting'],
    ['a place that is none', 'node3', { place: 0 }, 400, 'request-invalid'],
    ['no place', 'node3', {}, 400, 'request-invalid'],
  ])('PUT refuses %s', async (_name, who, body, status, code) => {
    await open();
    expect(await api.call('PUT', `/queue/${who}/place`, body)).toMatchObject({ status, body: { code } });
  });
  it('as text', async () => {
    await open();
    expect(queueText(VIEW)).toBe(
      [
        'line: 1.00 Gbit/s; 992 Mbit/s go out now; 1 boot, about 4 at once',
        'PLACE  HOST   MAC                ADDRESS     IN   WAITS SINCE',
        '1      node3  52:54:00:00:00:03  192.0.2.13  5 s  2026-01-01 00:00:00Z',
        '',
      ].join('\n'),
    );
    expect(queueText({ ...VIEW, bandwidth: null, places: null, rate: 0, waiting: [] })).toBe(
      'line: not measured yet; 0 Mbit/s go out now; 1 boot, as many as come\nnobody waits\n',
    );
    const long = [1153, 9000].map((seconds) => ({ ...VIEW.waiting[0]!, seconds }));
    expect(queueText({ ...VIEW, waiting: long })).toMatch(/ {2}20 min {3,}2026.*\n.* {2}2 h 30 min {2}2026/);
  });
});
