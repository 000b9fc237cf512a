import { printTable } from '../bench/table.ts';
import { type FuzzResult, fuzz } from './fuzz.ts';
import { fuzzHttp, type HttpFuzzResult } from './http/run.ts';
import { surfaces } from './http/surfaces.ts';
import { kept, seeds } from './kept.ts';
import { targets } from './targets.ts';

/**
 * `npm run fuzz [TARGET…]`: RACKHAND_FUZZ inputs (a million) for each codec, and RACKHAND_FUZZ_HTTP requests (150,000) for
 * each of the service's HTTP servers, http-api, http-agent and http-boot. The seed is a new one each time, and
 * printed; RACKHAND_SEED repeats a run. What fails goes into kept.ts. Ends with one line of JSON.
 */
const INPUTS = Number(process.env.RACKHAND_FUZZ ?? 1_000_000);
const REQUESTS = Number(process.env.RACKHAND_FUZZ_HTTP ?? 150_000);
const SEED = Number(process.env.RACKHAND_SEED ?? Date.now() % 2 ** 31);
/**
 * Milliseconds for one input and for one request, bytes of growth over a run: of a codec, and of a server with its client
 * and its store, where what is remembered is bounded by number.
 */
const LIMIT = { slowest: 20, request: 1000, growth: 8 << 20, kept: 96 << 20 };

const wanted = process.argv.slice(2);
const chosen = targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const servers = Object.entries(surfaces).filter(
  ([name]) => wanted.length === 0 || wanted.includes(`http-${name}`),
);
if (chosen.length + servers.length < Math.max(1, wanted.length)) {
  const names = [...targets.map(({ name }) => name), ...Object.keys(surfaces).map((name) => `http-${name}`)];
  throw new Error(`the targets are: ${names.join(', ')}`);
}

const results = new Map<string, FuzzResult>();
for (const target of chosen) {
  for (const { hex } of kept.filter((input) => input.target === target.name))
    target.check(Buffer.from(hex, 'hex'));
  process.stderr.write(`${target.name}: ${INPUTS} inputs of seed ${SEED}\n`);
  // The kept seeds go first: a tenth of the inputs.
  for (const seed of seeds) fuzz(target, seed, Math.ceil(INPUTS / 10 / seeds.length));
  results.set(target.name, fuzz(target, SEED, INPUTS));
}
const answered = new Map<string, HttpFuzzResult>();
for (const [name, open] of servers) {
  process.stderr.write(`http-${name}: ${REQUESTS} requests of seed ${SEED}\n`);
  const surface = await open();
  answered.set(`http-${name}`, await fuzzHttp(surface, SEED, REQUESTS).finally(() => surface.close()));
}
const number = (value: number) => Math.round(value).toLocaleString('en');
if (results.size > 0)
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
for (const [name, { requests, reached, slowest, growth, milliseconds }] of answered)
  process.stdout.write(
    `${name}: ${number(requests)} requests in ${number(milliseconds / 1000)} s, ${reached.size} kinds of answers, slowest ${slowest === 0 ? '< 200' : number(slowest)} ms, growth ${number(growth / 1024)} KiB\n`,
  );
const bad = [...results].filter(([, r]) => r.slowest > LIMIT.slowest || r.growth > LIMIT.growth);
for (const [name] of bad)
  process.stdout.write(`${name}: above ${LIMIT.slowest} ms or ${LIMIT.growth} bytes of growth\n`);
const slow = [...answered].filter(
  ([, { slowest, growth }]) => slowest > LIMIT.request || growth > LIMIT.kept,
);
for (const [name] of slow)
  process.stdout.write(`${name}: above ${LIMIT.request} ms or ${LIMIT.kept} bytes of growth\n`);
const pass = bad.length + slow.length === 0;
const told = [...answered].map(
  ([name, { reached, ...figures }]) => [name, { ...figures, kinds: reached.size }] as const,
);
const all = { ...Object.fromEntries(results), ...Object.fromEntries(told) };
process.stdout.write(`${JSON.stringify({ fuzz: all, seed: SEED, pass })}\n`);
if (!pass) process.exitCode = 1;
