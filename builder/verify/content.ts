import type { Manifest } from '../contract/manifest.ts';
import type { SignatureReport } from '../evidence/unsigned.ts';
import type { Contents } from '../strip/contents.ts';
import type { ModuleRecords } from '../strip/module-record.ts';
import { isModule, kernelOf } from '../strip/modules.ts';
import { HYPERVISOR } from '../strip/needs.ts';
import type { Billed } from './files.ts';
import type { Listing } from './listing.ts';
import { checkRemovals } from './removals.ts';
import type { Verification } from './verify.ts';

/** Whether manifest, records and root tell the same: pure. */

export interface ToAgree {
  manifest: Manifest;
  listing: Listing;
  contents: Contents | undefined;
  modules: ModuleRecords | undefined;
  /** By standard; undefined where the manifest names none. */
  bills: Record<string, Billed | undefined>;
  signatures: SignatureReport | undefined;
}

/** depmod writes these anew when modules are gone: the record has what the root held before. */
const INDEX = /^usr\/lib\/modules\/[^/]+\/modules\.[a-z.]+$/;

const SHOWN = 3;

export function checkContent(
  { manifest, listing, contents, modules, bills, signatures }: ToAgree,
  report: Verification,
): void {
  const disagree = (about: string, paths: readonly string[]) => {
    if (paths.length === 0) return;
    const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
    const what = `${about}: ${paths.slice(0, SHOWN).join(', ')}${more}`;
    const mend = 'do not use the image: what it holds is not what its build recorded; build it again';
    report.faults.push({ code: 'content-differs', what, mend });
  };
  if (contents) {
    report.paths += checkPaths(contents, listing, disagree);
    checkPackages(contents, manifest, disagree);
    checkRemovals(contents, manifest, disagree);
  } else disagree('the manifest names no record', ['contents']);
  for (const [standard, bill] of Object.entries(bills))
    if (bill) checkBill(bill, standard, manifest, disagree);
  if (signatures) checkSigned(signatures, manifest, disagree);
  checkKernel(manifest, listing, disagree);
  if (modules) checkModules(manifest, modules, listing, disagree);
  else disagree('the manifest names no record', ['modules']);
}

export type Disagree = (about: string, paths: readonly string[]) => void;

/** @returns how many paths were compared */
function checkPaths({ paths }: Contents, listing: Listing, disagree: Disagree): number {
  const kept = new Map(
    paths.filter(({ keep, path }) => keep && path !== HYPERVISOR).map((one) => [one.path, one]),
  );
  const differing = [...kept].filter(([path, { kind, size }]) => {
    const there = listing.get(path);
    return (
      there && (there.kind !== kind || (there.kind === 'file' && there.size !== size && !INDEX.test(path)))
    );
  });
  const missing = [...kept.keys()].filter((path) => !listing.has(path));
  // A folder that a rule takes stays where something in it does.
  const strange = [...listing].filter(([path, { kind }]) => kind !== 'directory' && !kept.has(path));
  disagree('recorded as kept, and not in the root', missing);
  disagree(
    'in the root, and not recorded as kept',
    strange.map(([path]) => path),
  );
  disagree(
    'in the root with another kind or size than recorded',
    differing.map(([path]) => path),
  );
  return kept.size;
}

function checkPackages(contents: Contents, { packages }: Manifest, disagree: Disagree): void {
  const listed = packages.map(({ name }) => name);
  disagree('packages that own files, and are not in the manifest', without(contents.packages, listed));
}

function checkBill(bill: Billed, standard: string, { packages }: Manifest, disagree: Disagree): void {
  const listed = packages.map(
    ({ name, epoch, version, release }) => `${name} ${epoch > 0 ? `${epoch}:` : ''}${version}-${release}`,
  );
  disagree(`packages of its ${standard} document that the manifest lacks`, without(bill, listed));
  disagree(`packages of the manifest that its ${standard} document lacks`, without(listed, bill));
}

/** Unsigned packages are said to be so by the manifest too: as of a repository that nobody checks. */
function checkSigned(
  { packages: count, unsigned }: SignatureReport,
  { packages, signatures = {}, source }: Manifest,
  disagree: Disagree,
): void {
  if (count !== packages.length)
    disagree('packages of the manifest and of the record of signatures', [`${packages.length}`, `${count}`]);
  const ways = Object.values(signatures);
  const allChecked = source === undefined && ways.length > 0 && !ways.includes('unchecked');
  if (allChecked) disagree('unsigned, though the manifest says that signatures were checked', unsigned);
}

function without(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
}

function checkKernel({ kernelVersion }: Manifest, listing: Listing, disagree: Disagree): void {
  const versions = new Set([...listing.keys()].flatMap((path) => kernelOf(path) ?? []));
  if (!versions.has(kernelVersion)) disagree('the root has no modules of the kernel', [kernelVersion]);
  versions.delete(kernelVersion);
  disagree('the root has modules of another kernel', [...versions]);
}

function checkModules(
  { kernelVersion, strip }: Manifest,
  { kernel, modules }: ModuleRecords,
  listing: Listing,
  disagree: Disagree,
): void {
  if (kernel !== kernelVersion) disagree('the record of modules is of another kernel', [kernel]);
  const files = modules.flatMap(({ path, kept }) => (path === undefined ? [] : [{ path, kept }]));
  const kept = new Set(files.filter((one) => one.kept).map(({ path }) => path));
  const there = [...listing.keys()].filter(isModule);
  disagree(
    'modules recorded as kept, and not in the root',
    [...kept].filter((path) => !listing.has(path)),
  );
  disagree(
    'modules in the root, and not recorded as kept',
    there.filter((path) => !kept.has(path)),
  );
  const removed = files.length - kept.size;
  if (removed !== strip.modulesRemoved)
    disagree('modules removed by the manifest and by their record', [
      `${strip.modulesRemoved}`,
      `${removed}`,
    ]);
  if (kept.size !== strip.modulesKept)
    disagree('modules kept by the manifest and by their record', [`${strip.modulesKept}`, `${kept.size}`]);
}
