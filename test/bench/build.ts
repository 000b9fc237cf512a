import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../../builder/catalog/catalog.ts';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { run } from '../../builder/shared/process/run.ts';
import { build } from '../../builder/worker/start.ts';
import { labFolder } from '../lab/folder.ts';
import { buildMirror } from '../lab/mirror/mirror.ts';
import { type Bare, bareMinimum } from './build-bare.ts';
import { mkosiTimes } from './build-mkosi.ts';
import { finish, median, printTable } from './table.ts';

/**
 * `npm run bench:build`: our full build of the lab image against the bare minimum by hand (same dnf transaction,
 * dracut, mksquashfs, xorriso, nothing else), alternating in one run; then what a changed strip rule, a changed
 * overlay file and nothing changed cost. Packages are downloaded before the clock starts, for all alike.
 */
const ROUNDS = Number(process.env.RACKHAND_BENCH_ROUNDS ?? 3);
const OVERLAY = join(import.meta.dirname, '../../builder/overlay');

const mirror = await buildMirror({ folder: labFolder().mirror, progress: (line) => log(`mirror: ${line}`) });
const variables = { mirror: mirror.repository, key: mirror.keyFile };
const folder = await mkdtemp('/var/tmp/rackhand-bench-');
try {
  await main();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  log('one build before the clock starts, to fill the package cache');
  const first = (await ours('zstd-3', {})).manifest;
  const [full, bare]: [number[], Bare[]] = [[], []];
  for (let round = 1; round <= ROUNDS; round++) {
    log(`round ${round} of ${ROUNDS}: full build`);
    await rm(join(folder, 'cache/stages'), { recursive: true, force: true });
    full.push((await ours('zstd-3', { force: true })).seconds);
    log(`round ${round} of ${ROUNDS}: bare minimum`);
    bare.push(
      await bareMinimum(
        folder,
        first,
        openCatalog(join(folder, 'catalog')),
        join(folder, 'bench.yaml'),
        variables,
      ),
    );
  }
  const minimum = median(bare.map(({ total }) => total));
  const changed = [];
  const overlaid = [];
  const nothing = [];
  for (let round = 1; round <= ROUNDS; round++) {
    log(`round ${round} of ${ROUNDS}: rule changed, overlay changed, nothing changed`);
    changed.push((await ours('zstd-3', { rule: `bench-${round}` })).seconds);
    overlaid.push((await ours('zstd-3', { overlay: `bench-${round}` })).seconds);
    nothing.push((await ours('zstd-3', {})).seconds);
  }
  log('release setting: rule changed');
  const release = await ours('zstd-19', {});
  const releaseChanged = await ours('zstd-19', { rule: 'bench-release' });
  const times = await openCatalog(join(folder, 'catalog')).times(releaseChanged.manifest.id);
  const packing = times!.stages.find(({ stage }) => stage === 'image')!.milliseconds / 1000;
  log('mkosi');
  const mkosi = await mkosiTimes(folder, mirror, release.manifest);

  const seconds = (value: number | undefined) => (value === undefined ? '—' : `${value.toFixed(1)} s`);
  const part = (name: keyof Bare) => seconds(median(bare.map((times) => times[name])));
  const row = (name: string, value: number | undefined, detail = '') => [name, seconds(value), detail];
  printTable(
    [{ title: 'what' }, { title: 'time', align: 'right' }, { title: 'parts' }],
    [
      row(
        'bare minimum',
        minimum,
        `dnf ${part('dnf')}, dracut ${part('dracut')}, mksquashfs ${part('squashfs')}, xorriso ${part('iso')}`,
      ),
      row('our full build', median(full)),
      row('strip rule changed', median(changed)),
      row('overlay file changed', median(overlaid)),
      row('nothing changed', median(nothing)),
      row('release setting, strip rule changed', releaseChanged.seconds, `mksquashfs ${seconds(packing)}`),
      row(
        'mkosi: install and squashfs',
        mkosi?.seconds,
        mkosi?.detail ?? 'not installed: apt-get install mkosi',
      ),
    ],
  );
  finish({
    bench: 'build',
    ratios: {
      full: median(full) / minimum,
      ruleChanged: median(changed) / minimum,
      overlayChanged: median(overlaid) / minimum,
      releaseRuleChanged: releaseChanged.seconds / packing,
      nothingChangedSeconds: median(nothing),
    },
    targets: {
      full: '≤ 1.15',
      ruleChanged: '≤ 0.35',
      overlayChanged: '≤ 0.35',
      releaseRuleChanged: '≤ 1.15',
      nothingChangedSeconds: '≤ 2.0',
    },
  });
}

interface Change {
  /** A rule that matches one more path. */
  rule?: string;
  /** Text added to a script of the agent. */
  overlay?: string;
  /** The image is in the catalog already. */
  force?: boolean;
}

async function ours(compression: string, change: Change): Promise<{ seconds: number; manifest: Manifest }> {
  const recipe = join(folder, 'bench.yaml');
  const lines = [
    'name: bench',
    'extends: lab',
    // As many media as are made by hand: one.
    'media: [iso]',
    `compression: { squashfs: ${compression}, initramfs: zstd-3 }`,
    ...(change.rule
      ? ['strip:', `  - drop: ["usr/share/${change.rule}/**"]`, '    because: the bench changes a rule']
      : []),
  ];
  await writeFile(recipe, `${lines.join('\n')}\n`);
  const overlay = join(folder, 'overlay');
  await rm(overlay, { recursive: true, force: true });
  await cp(OVERLAY, overlay, { recursive: true });
  if (change.overlay) {
    const agent = join(overlay, 'root/usr/libexec/rackhand/agent');
    await writeFile(agent, `${await readFile(agent, 'utf8')}# ${change.overlay}\n`);
  }
  await mkdir(join(folder, 'catalog'), { recursive: true });
  await run(['sync']);
  const started = performance.now();
  const manifest = await build({
    ...{ recipe, overlay, variables, catalog: join(folder, 'catalog'), cache: join(folder, 'cache') },
    ...{ force: change.force ?? false, progress: () => undefined },
  });
  return { seconds: (performance.now() - started) / 1000, manifest };
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}
