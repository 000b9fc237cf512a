import { RackhandError } from '../../builder/shared/errors.ts';
import { run } from '../../builder/shared/process/run.ts';
import { apartArguments } from '../render/apart/arguments.ts';
import type { Answer, Order } from '../render/apart/messages.ts';
import { program } from '../render/apart/render.ts';
import type { Account } from './account.ts';

const ORDER: Order = { texts: { probe: '{{ a }}' }, name: 'probe', contexts: [{ a: 'rendered' }] };
const ANSWER: Answer[] = [{ text: 'rendered' }];
const WALL_MS = 30_000;

/**
 * Renders one template where those of the site are rendered, as the account that will: bubblewrap may be there and
 * still not be allowed to make its namespaces.
 * @param account null: ours
 * @throws RackhandError tool-missing | sandbox-unusable
 */
export async function checkSandbox(
  account: Account | null,
  sandbox: readonly string[] = apartArguments(program()),
): Promise<void> {
  const need = 'renders templates of the site without rights (packages bubblewrap and util-linux)';
  for (const tool of ['prlimit', 'bwrap']) await run([tool, '--version'], { need });
  const dropped = account
    ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--']
    : [];
  let why: string;
  try {
    const { stdout } = await run([...dropped, ...sandbox], {
      input: JSON.stringify(ORDER),
      timeout: WALL_MS,
      need,
    });
    if (stdout === JSON.stringify(ANSWER)) return;
    why = 'it gave no answer';
  } catch (cause) {
    if (cause instanceof RackhandError && cause.code === 'tool-missing') throw cause;
    why = cause instanceof Error ? cause.message : String(cause);
  }
  throw new RackhandError(
    'sandbox-unusable',
    `templates of the site are rendered by bwrap${account ? ` as ${account.name}` : ''}, and that fails: ${why}`,
    'let ordinary accounts make user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, ' +
      'kernel.apparmor_restrict_unprivileged_userns), or take the setting kickstarts away',
  );
}
