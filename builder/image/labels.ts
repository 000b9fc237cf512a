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
}
