import { readdir } from 'node:fs/promises';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';

/** Where the sandbox shows the root once more, without the file systems that are mounted into it. */
const SHOWN = '/tmp/image';

/**
 * Writes the label of every file, so that no relabel runs at boot: the root's own setfiles reads the root's own
 * policy (setfiles(8): -F also what is customizable, -r where paths begin). What is mounted over /proc, /dev and
 * /tmp for it does not hide the folders below.
 */
export async function writeLabels(root: string, policyType: string, signal?: AbortSignal): Promise<void> {
  const contexts = `/etc/selinux/${policyType}/contexts/files/file_contexts`;
  const argv = ['setfiles', '-F', '-r', SHOWN, contexts, SHOWN];
  await run(rootSandbox(argv, { root, binds: { [SHOWN]: root } }), {
    ...(signal ? { signal } : {}),
    need: 'setfiles is in policycoreutils of the root',
  });
  await assertLabels(root, signal);
}

/** Paths that a policy leaves without a label on purpose ("<<none>>") are this few in a hundred, at most. */
const UNLABELLED = 1;

/** setfiles passes over what it takes for another file system, and says nothing. @throws RackhandError labels-missing */
export async function assertLabels(root: string, signal?: AbortSignal): Promise<void> {
  const options = signal ? { signal } : {};
  const found = await run(
    ['getfattr', '-R', '-P', '-h', '--absolute-names', '-m', '^security\\.selinux$', root],
    { ...options, need: 'getfattr is in the package attr' },
  );
  const labelled = found.stdout.match(/^# file: /gm)?.length ?? 0;
  // With types, links to folders are not followed.
  const paths = (await readdir(root, { recursive: true, withFileTypes: true })).length + 1;
  if (labelled * 100 >= paths * (100 - UNLABELLED)) return;
  const what = `${paths - labelled} of ${paths} paths of the root have no SELinux label`;
  const mend = 'a fault of the builder, or of the policy: an image like this would not boot enforcing';
  throw new RackhandError('labels-missing', what, mend);
}
