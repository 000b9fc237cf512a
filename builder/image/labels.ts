import { readdir } from 'node:fs/promises';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import type { Attributes } from './archive.ts';
import { listedAttributes, toldLabels } from './listed.ts';

/** The attribute that a label is (selinux(8)). */
export const LABEL = 'security.selinux';
/** Where the sandbox shows the root once more, without the file systems that are mounted into it. */
const SHOWN = '/tmp/image';
/** What files keep beside their label: capabilities, and what a package gave them. */
const KEPT = '^(security\\.(capability|selinux)$|user\\.)';
/** Paths that a policy leaves without a label on purpose ("<<none>>") are this few in a hundred, at most. */
const UNLABELLED = 1;

/**
 * Attributes of every path as an image has them: its own, and the label that the root's own setfiles would write by the
 * root's own policy. Nothing is written, so that whoever builds can do it.
 * @throws RackhandError labels-missing
 */
export async function readAttributes(
  root: string,
  policyType: string,
  signal?: AbortSignal,
): Promise<Attributes> {
  const told = await setfiles(root, policyType, ['-n', '-v'], signal);
  // On a host with SELinux files have labels, and setfiles is silent of one that is right.
  const attributes = await ownAttributes(root, KEPT, signal);
  for (const [path, label] of toldLabels(`${told.stdout}\n${told.stderr}`, SHOWN)) {
    const own = attributes.get(path) ?? new Map<string, Buffer>();
    // With the zero at its end, as setfilecon(3) writes it.
    attributes.set(path, own.set(LABEL, Buffer.from(`${label}\0`)));
  }
  await assertLabels(root, [...attributes.values()].filter((own) => own.has(LABEL)).length);
  return attributes;
}

/** Writes the label of every file, where nothing but the files' own attributes can be packed. */
export async function writeLabels(root: string, policyType: string, signal?: AbortSignal): Promise<void> {
  await setfiles(root, policyType, [], signal);
  await assertLabels(root, (await ownAttributes(root, '^security\\.selinux$', signal)).size);
}

/**
 * setfiles(8): -F also what is customizable, -r where paths begin. What is mounted over /proc, /dev and /tmp for it does
 * not hide the folders below.
 */
async function setfiles(root: string, policyType: string, options: string[], signal?: AbortSignal) {
  const contexts = `/etc/selinux/${policyType}/contexts/files/file_contexts`;
  const argv = ['setfiles', ...options, '-F', '-r', SHOWN, contexts, SHOWN];
  return run(rootSandbox(argv, { root, binds: { [SHOWN]: root } }), {
    ...(signal ? { signal } : {}),
    need: 'setfiles is in policycoreutils of the root',
  });
}

export async function ownAttributes(root: string, pattern: string, signal?: AbortSignal) {
  const argv = ['getfattr', '-R', '-P', '-h', '-d', '-e', 'hex', '--absolute-names', '-m', pattern, root];
  const options = signal ? { signal } : {};
  return listedAttributes(
    (await run(argv, { ...options, need: 'getfattr is in the package attr' })).stdout,
    root,
  );
}

/** setfiles passes over what it takes for another file system, and says nothing. @throws RackhandError labels-missing */
export async function assertLabels(root: string, labelled: number): Promise<void> {
  // With types, links to folders are not followed.
  const paths = (await readdir(root, { recursive: true, withFileTypes: true })).length + 1;
  if (labelled * 100 >= paths * (100 - UNLABELLED)) return;
  const what = `${paths - labelled} of ${paths} paths of the root have no SELinux label`;
  const mend = 'a fault of the builder, or of the policy: an image like this would not boot enforcing';
  throw new RackhandError('labels-missing', what, mend);
}
