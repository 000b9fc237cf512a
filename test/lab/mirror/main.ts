import { resolve } from 'node:path';
import { explain, RackhandError } from '../../../builder/shared/errors.ts';
import { labFolder } from '../folder.ts';
import { buildMirror } from './mirror.ts';

/** `node main.ts [FOLDER]`: makes or renews the lab mirror. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const started = Date.now();
try {
  if (process.argv.length > 3) throw new RackhandError('usage', 'too many arguments', 'name one folder');
  const mirror = await buildMirror({
    folder: resolve(process.argv[2] ?? labFolder().mirror),
    signal: stopping.signal,
    progress: (line) => process.stdout.write(`[${((Date.now() - started) / 1000).toFixed(1)} s] ${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(mirror, null, 1)}\n`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
