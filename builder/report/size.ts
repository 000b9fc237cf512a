import type { Manifest } from '../contract/manifest.ts';
import type { StageRecord } from '../contract/provenance.ts';
import type { Contents } from '../strip/contents.ts';
import { HYPERVISOR } from '../strip/needs.ts';
import { decisionReason } from '../strip/why.ts';
import { bytesByPackage, packageOf } from './contributors.ts';
import { columns, count, section, size } from './text.ts';

/** Something that stayed, and why. Bytes are those of the root, uncompressed: of one file nobody knows others. */
interface Item {
  name: string;
  bytes: number;
  because: string;
  /** Files (or packages, of a package) that need it and stay. */
  neededBy: string[];
}

export interface SizeReport {
  image: string;
  recipe: string;
  /** Bytes of the root before and after the strip. */
  root: { before: number; after: number };
  stages: readonly StageRecord[];
  artifacts: { role: string; size: number }[];
  largestFiles: Item[];
  largestPackages: (Item & { before: number })[];
  removals: Manifest['strip']['rules'];
}

const SHOWN = 10;

/** What an image is made of: the largest that stayed with their reasons, the largest removals by rule. */
export function sizeReport(
  manifest: Manifest,
  contents: Contents,
  stages: readonly StageRecord[] = [],
): SizeReport {
  const sum = (paths: Contents['paths']) => paths.reduce((total, { size }) => total + size, 0);
  const strip = stages.find(({ stage }) => stage === 'strip');
  const kept = contents.paths.filter(({ keep }) => keep);
  const users = keptUsers(contents);
  const files = [...kept].sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1)).slice(0, SHOWN);
  return {
    ...{ image: manifest.id, recipe: manifest.recipe.name },
    // Measured where it is known: in the listing a file with several names counts once for each.
    root: strip
      ? { before: strip.sizeBefore, after: strip.sizeAfter }
      : { before: sum(contents.paths), after: sum(kept) },
    stages,
    artifacts: manifest.artifacts.map(({ role, size }) => ({ role, size })),
    largestFiles: files.map((entry) => ({
      ...{ name: `/${entry.path}`, bytes: entry.size, because: decisionReason(contents, entry) },
      neededBy: (users.get(entry.path) ?? []).map(userName),
    })),
    largestPackages: bytesByPackage(contents)
      .slice(0, SHOWN)
      .map(({ name, before, after }) => {
        const because = whyPackage(contents, name);
        return { name, bytes: after, before, because, neededBy: packageUsers(contents, users, name) };
      }),
    removals: manifest.strip.rules,
  };
}

type PathRecord = Contents['paths'][number];

/** Path → what needs it, of all that stayed. Who needs a link needs what it points to. */
function keptUsers({ paths }: Contents): Map<string, PathRecord[]> {
  const users = new Map<string, PathRecord[]>();
  const add = (path: string, more: readonly PathRecord[]) =>
    users.set(path, [...new Set([...(users.get(path) ?? []), ...more])]);
  const links: [link: string, target: string][] = [];
  for (const user of paths) {
    if (!user.keep) continue;
    for (const [kind, , providers] of user.needs ?? []) {
      for (const path of providers) {
        if (kind === 'target') links.push([user.path, path]);
        else add(path, [user]);
      }
    }
  }
  for (const [link, target] of links) add(target, users.get(link) ?? []);
  return users;
}

function userName({ path }: PathRecord): string {
  return path === HYPERVISOR ? 'a hypervisor' : `/${path}`;
}

function packageUsers(contents: Contents, users: Map<string, PathRecord[]>, name: string): string[] {
  const own = contents.paths.filter(({ owners }) => packageOf(contents, owners) === name);
  const of = own
    .flatMap(({ path }) => users.get(path) ?? [])
    .map(({ owners }) => packageOf(contents, owners));
  return [...new Set(of)].filter((user) => user !== name).sort();
}

/** Of all reasons for a package's files, the one that stands for most of its bytes. */
function whyPackage(contents: Contents, name: string): string {
  const reasons = new Map<string, { bytes: number; files: number; because: string }>();
  let files = 0;
  for (const entry of contents.paths) {
    if (!entry.keep || entry.kind === 'directory' || packageOf(contents, entry.owners) !== name) continue;
    files++;
    const key = `${entry.why} ${entry.rule ?? ''}`;
    const reason = reasons.get(key) ?? { bytes: 0, files: 0, because: decisionReason(contents, entry) };
    reason.bytes += entry.size;
    reason.files++;
    reasons.set(key, reason);
  }
  const [main] = [...reasons.values()].sort((a, b) => b.bytes - a.bytes);
  if (!main) return 'nothing of it is left';
  const rest = reasons.size === 1 ? '' : ` (${main.files} of ${files} files)`;
  return `${main.because}${rest}`;
}

export function renderSize(report: SizeReport): string {
  const { root, stages, artifacts, largestFiles, largestPackages, removals } = report;
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
  return [
    `image ${report.image} (${report.recipe}): root ${size(root.before)} before the strip, ${size(root.after)} after`,
    'Sizes of files and packages are uncompressed: in the squashfs files share blocks.',
    ...section(
      'stages',
      columns(
        stages.map((row) => [
          ...[row.stage, seconds(row.milliseconds)],
          `${size(row.sizeBefore)} → ${size(row.sizeAfter)}`,
        ]),
        [1, 2],
      ),
    ),
    ...section(
      'artifacts, compressed as they are',
      columns(
        artifacts.map(({ role, size: bytes }) => [role, size(bytes)]),
        [1],
      ),
    ),
    ...section(
      'largest packages left',
      columns(
        largestPackages.map((item) => [
          ...[size(item.bytes), `of ${size(item.before)}`, item.name, whyItem(item)],
        ]),
        [0, 1],
      ),
    ),
    ...section(
      'largest files left',
      columns(
        largestFiles.map((item) => [size(item.bytes), item.name, whyItem(item)]),
        [0],
      ),
    ),
    ...section(
      'largest removals by rule',
      columns(
        removals
          .slice(0, SHOWN)
          .map(({ rule, verb, because, files, bytes }) => [
            ...[size(bytes), count(files, 'file'), rule, `${verb}: ${because}`],
          ]),
        [0, 1],
      ),
    ),
  ].join('\n');
}

const USERS_SHOWN = 2;

function whyItem({ because, neededBy }: Item): string {
  if (neededBy.length === 0) return because;
  const more = neededBy.length - USERS_SHOWN;
  const shown = neededBy.slice(0, USERS_SHOWN).join(', ');
  return `${because}; needed by ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}
