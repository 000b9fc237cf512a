import { spawnSync } from 'node:child_process';

/** `npm test`: every check in order, where the time went, and one closing line that counts. */
const full = process.argv.includes('--full');
const vitest = (project: string) => ['vitest', 'run', '--project', project, '--passWithNoTests'];
const steps: [name: string, argv: string[]][] = [
  ['lint', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', ['tsc', '--noEmit']],
  ['unit', vitest('unit')],
  ['system', vitest('system')],
  ['e2e', vitest('e2e')],
];

const rows: { name: string; seconds: number; ok: boolean }[] = [];
for (const [name, argv] of steps) {
  process.stdout.write(`\n== ${name}\n`);
  const started = Date.now();
  const result = spawnSync(argv[0]!, argv.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...(full ? { RACKHAND_FULL: '1' } : {}) },
  });
  rows.push({ name, seconds: (Date.now() - started) / 1000, ok: result.status === 0 });
  if (result.status !== 0) break;
}
process.stdout.write('\nwhere the time went\n');
for (const row of rows) {
  process.stdout.write(
    `  ${row.name.padEnd(8)} ${row.seconds.toFixed(1).padStart(8)} s  ${row.ok ? 'ok' : 'FAILED'}\n`,
  );
}
const failed = rows.filter((row) => !row.ok).length;
process.stdout.write(`\nsteps: ${rows.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || rows.length < steps.length ? 1 : 0;
