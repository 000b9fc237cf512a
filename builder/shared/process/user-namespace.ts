import { RackhandError } from '../errors.ts';
import { run } from './run.ts';

/** Options of unshare(1) that make an ordinary user root over the ids of /etc/subuid; none for root. */
export function mappedUser(uid = process.getuid?.()): string[] {
  return uid === 0 ? [] : ['--user', '--map-auto', '--map-root-user'];
}

export interface Refused {
  /** The tool's own words. */
  why: string | undefined;
  mend: string;
  cause: RackhandError;
}

/**
 * @param prefix what a program is started with to be in its namespaces
 * @returns why this account cannot have them; undefined when it can @throws RackhandError tool-missing
 */
export async function namespacesRefused(
  prefix: readonly string[],
  uid = process.getuid?.(),
): Promise<Refused | undefined> {
  try {
    await run([...prefix, 'true'], { need: 'unshare and setpriv are in util-linux' });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof RackhandError) || cause.code !== 'command-failed') throw cause;
    const mend =
      uid === 0
        ? 'run it on the machine itself, or in a container that allows it'
        : 'install uidmap and give the account 65536 ids in /etc/subuid and /etc/subgid, or run it with sudo';
    return { why: cause.message.split('\n').at(-1)?.trim(), mend, cause };
  }
}
