import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../../../pxe-server/store/group-commit.ts';

/** A writer that is slow and takes no negative number. */
function writer() {
  const writes: number[][] = [];
  let running = 0;
  const commits = new GroupCommit<number, string>(async (items) => {
    expect(++running).toBe(1);
    writes.push(items);
    await new Promise(setImmediate);
    running -= 1;
    const bad = items.find((item) => item < 0);
    if (bad !== undefined) throw new Error(`not ${bad}`);
    return items.map((item) => `wrote ${item}`);
  });
  return { commits, writes };
}
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('commits', () => {
  it('one alone is written at once', async () => {
    const { commits, writes } = writer();
    const done = commits.commit(7);
    expect(writes).toEqual([[7]]);
    expect(await done).toBe('wrote 7');
  });
  it('what comes while the disk is waited for shares the next write; each gets its own result', async () => {
    const { commits, writes } = writer();
    const results = await Promise.all(numbers(0, 500).map((n) => commits.commit(n)));
    expect(results).toEqual(numbers(0, 500).map((n) => `wrote ${n}`));
    expect(writes).toEqual([[0], numbers(1, 500)]);
  });
  it('never two writes at once, and none of more than 1000', async () => {
    const { commits, writes } = writer();
    await Promise.all(numbers(0, 2500).map((n) => commits.commit(n)));
    expect(writes.map((items) => items.length)).toEqual([1, 1000, 1000, 499]);
  });
  it('one that cannot be written fails alone', async () => {
    const { commits } = writer();
    const results = await Promise.allSettled([1, 2, -3, 4].map((n) => commits.commit(n)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(results[2]).toMatchObject({ reason: new Error('not -3') });
    expect(await commits.commit(5)).toBe('wrote 5');
  });
});
