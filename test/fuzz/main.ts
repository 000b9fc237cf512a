import { printTable } from '../bench/table.ts';
import { type FuzzResult, fuzz } from './fuzz.ts';
import { kept, seeds } from './kept.ts';
import { targets } from './targets.ts';

/**
 * `npm run fuzz [TARGET…]`: RACKHAND_FUZZ inputs (a million) for each codec. The seed is a new one each time, and
 * printed; RACKHAND_SEED repeats a run. What fails goes into kept.ts. Ends with one line of JSON.
 */
const INPUTS = Number(process.env.RACKHAND_FUZZ ?? 1_000_000);
const SEED = Number(process.env.RACKHAND_SEED ?? Date.now() % 2 ** 31);
/** Milliseconds for one input, bytes of growth over a run. */
const LIMIT = { slowest: 20, growth: 8 << 20 };

const wanted = process.argv.slice(2);
const chosen = targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length < Math.max(1, wanted.length))
  throw new Error(`the targets are: ${targets.map(({ name }) => name).join(', ')}`);

const results = new Map<string, FuzzResult>();
for (const target of chosen) {
  for (const { hex } of kept.filter((input) => input.target === target.name))
    target.check(Buffer.from(hex, 'hex'));
  process.stderr.write(`${target.name}: ${INPUTS} inputs of seed ${SEED}\n`);
  // The kept seeds go first: a tenth of the inputs.
  for (const seed of seeds) fuzz(target, seed, Math.ceil(INPUTS / 10 / seeds.length));
  results.set(target.name, fuzz(target, SEED, INPUTS));
}
const number = (value: number) => Math.round(value).toLocaleString('en');
printTable(
  ['codec', 'inputs', 'taken', 'µs each', 'slowest', 'growth'].map((title, i) => ({
    ...{ title, align: i === 0 ? ('left' as const) : ('right' as const) },
  })),
  [...results].map(([name, { inputs, taken, slowest, growth, milliseconds }]) => [
    ...[name, number(inputs), `${Math.round((100 * taken) / inputs)}%`],
    ((milliseconds * 1000) / inputs).toFixed(1),
    slowest === 0 ? '< 2 ms' : `${slowest.toFixed(1)} ms`,
    `${number(growth / 1024)} KiB`,
  ]),
);
const bad = [...results].filter(([, r]) => r.slowest > LIMIT.slowest || r.growth > LIMIT.growth);
for (const [name] of bad)
  process.stdout.write(`${name}: above ${LIMIT.slowest} ms or ${LIMIT.growth} bytes of growth\n`);
const pass = bad.length === 0;
process.stdout.write(`${JSON.stringify({ fuzz: Object.fromEntries(results), seed: SEED, pass })}\n`);
if (!pass) process.exitCode = 1;
