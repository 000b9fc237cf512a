import { describe, expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { failureNews, work } from '../../../builder/shared/process/worker.ts';

type News = { type: 'step'; at: number } | { type: 'done'; order: unknown };

/** A program of which this is what it does with its order, and with being cancelled. */
function program(onOrder: string, onCancel = ''): string[] {
  const text = `
    const tell = (news) => process.send(news);
    process.on('message', (message) => {
      if (message.type === 'cancel') { ${onCancel} } else { ${onOrder} }
    });
    process.on('disconnect', () => process.exit(1));
    tell({ type: 'ready' });`;
  return [process.execPath, '-e', text];
}

/** @returns the result, the steps that were heard, and how the process ended */
async function ask(argv: string[], more: { signal?: AbortSignal; grace?: number } = {}) {
  const steps: number[] = [];
  let worker: Daemon | undefined;
  const outcome = await work<News, unknown>({
    ...{ argv, grace: 5000, ...more, order: { type: 'go' } },
    hear(news) {
      if (news.type === 'done') return news.order;
      steps.push(news.at);
      return undefined;
    },
    endedEarly: (how) => new RackhandError('ended', how, 'again'),
    end(one) {
      worker = one;
      return one.stop(1000);
    },
  }).catch((error: unknown) => error);
  return { outcome, steps, ended: (await worker!.exited).signal };
}

describe('a piece of work', () => {
  it('has its order, its news and its result, and is let go', async () => {
    const does = `tell({ type: 'step', at: 1 }); tell({ type: 'step', at: 2 }); tell({ type: 'done', order: message });`;
    expect(await ask(program(does))).toEqual({
      outcome: { type: 'go' },
      steps: [1, 2],
      ended: 'SIGTERM',
    });
  });
  it.each<[what: string, does: string, error: object]>([
    [
      'an error with a mend',
      `tell({ type: 'failed', code: 'no-space', message: 'full', mend: 'remove' })`,
      { name: 'RackhandError', code: 'no-space', message: 'full', mend: 'remove' },
    ],
    [
      'a defect',
      `tell({ type: 'broken', stack: 'TypeError: x\\n    at work (a.ts:1)' })`,
      { name: 'Error', message: 'TypeError: x', stack: 'TypeError: x\n    at work (a.ts:1)' },
    ],
    ['an end before the result', 'process.exit(3)', { code: 'ended', message: 'exit code 3' }],
    ['a kill', `process.kill(process.pid, 'SIGKILL')`, { code: 'ended', message: 'signal SIGKILL' }],
  ])('%s is thrown here', async (_what, does, error) => {
    expect((await ask(program(does))).outcome).toMatchObject(error);
  });
});

describe('a piece of work that is cancelled', () => {
  const WAITS = 'setInterval(() => undefined, 1000); tell({ type: "step", at: 1 });';
  const cancelled = `tell({ type: 'failed', code: 'cancelled', message: 'cancelled', mend: 'again' })`;
  it('is told so, and ends as it says', async () => {
    const { outcome } = await ask(program(WAITS, cancelled), { signal: AbortSignal.timeout(300) });
    expect(outcome).toMatchObject({ code: 'cancelled' });
  });
  it('is stopped when it takes longer than its grace', async () => {
    const { outcome, ended } = await ask(program(WAITS), { signal: AbortSignal.timeout(300), grace: 100 });
    expect(outcome).toMatchObject({ code: 'ended', message: 'signal SIGTERM' });
    expect(ended).toBe('SIGTERM');
  });
});

it.each<[string, unknown, object]>([
  [
    'an error',
    new RackhandError('a-code', 'what', 'mend'),
    { type: 'failed', code: 'a-code', message: 'what', mend: 'mend' },
  ],
  ['no error at all', 'text', { type: 'broken', stack: 'text' }],
  ['a defect', new TypeError('x'), { type: 'broken', stack: expect.stringMatching(/^TypeError: x\n +at /) }],
])('%s as it is told', (_what, error, news) => {
  expect(failureNews(error)).toEqual(news);
});
