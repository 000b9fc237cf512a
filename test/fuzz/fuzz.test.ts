import { describe, expect, it } from 'vitest';
import { FuzzFailure, type FuzzTarget, fuzz } from './fuzz.ts';
import { kept, seeds } from './kept.ts';
import { targets } from './targets.ts';

/** `npm run fuzz` takes a million of each. */
const INPUTS = 10_000;

describe.each(targets.map((target) => ({ target, name: target.name })))('$name', ({ target, name }) => {
  it('every input that was kept holds', () => {
    const own = kept.filter((input) => input.target === name);
    expect(own.length).toBeGreaterThan(0);
    for (const { hex } of own) target.check(Buffer.from(hex, 'hex'));
  });
  it.each(seeds)(`${INPUTS / seeds.length} hostile inputs of seed %i: nothing throws`, (seed) => {
    const result = fuzz(target, seed, INPUTS / seeds.length);
    // The generator reaches both sides of the codec.
    expect(result.taken).toBeGreaterThan(0.1 * result.inputs);
    expect(result.taken).toBeLessThan(0.9 * result.inputs);
    expect(result.slowest).toBeLessThan(20);
  });
});
it('each input that is kept belongs to a codec', () => {
  const names = targets.map(({ name }) => name);
  expect(kept.filter(({ target }) => !names.includes(target))).toEqual([]);
});

describe('the harness', () => {
  const target = (check: FuzzTarget['check']): FuzzTarget => ({
    name: 'a codec',
    input: (random) => Buffer.from([Math.floor(random() * 256)]),
    check,
  });
  it('tells the input that failed', () => {
    const failing = target((input) => {
      if (input[0] === 7) throw new Error('seven');
      return true;
    });
    expect(() => fuzz(failing, 1, 10_000)).toThrow(FuzzFailure);
    expect(() => fuzz(failing, 1, 10_000)).toThrow(/^a codec, input \d+: 07\n.*seven/);
  });
  it('finds what is slow', () => {
    const slow = target((input) => {
      for (const until = performance.now() + (input[0] === 7 ? 8 : 0); performance.now() < until; );
      return true;
    });
    expect(fuzz(slow, 1, 1000).slowest).toBeGreaterThan(7.5);
  });
  it('finds what is held', () => {
    const held: Buffer[] = [];
    const greedy = target((input) => held.push(Buffer.alloc(1000, input)) > 0);
    expect(fuzz(greedy, 1, 10_000).growth).toBeGreaterThan(8_000_000);
  });
});
