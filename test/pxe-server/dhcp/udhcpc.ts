import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { RunResult } from '../../../builder/shared/process/run.ts';
import type { Link } from '../net/namespaces.ts';

/** Where a client is: a namespace and its device there. */
export type ClientPlace = Pick<Link, 'client' | 'clientDevice'>;

function argv(link: ClientPlace, more: string[]): string[] {
  const script = join(import.meta.dirname, 'udhcpc.sh');
  return ['busybox', 'udhcpc', '-f', '-i', link.clientDevice, '-s', script, '-T', '1', ...more];
}

/** busybox udhcpc as it runs on a system; its script says what it got: "bound 198.51.100.100 from …". */
export function startUdhcpc(link: Link, more: string[] = []): Daemon {
  return link.client.start(argv(link, ['-t', '30', ...more]));
}

/**
 * Asks for an address under a hardware address, and ends.
 * @param server whose lease counts, as a regular expression
 * @returns the address, or undefined
 */
export async function askOnce(
  link: ClientPlace,
  mac: string,
  tries: number,
  server = '198\\.51\\.100\\.1',
  more: readonly string[] = [],
): Promise<string | undefined> {
  const set = (...what: string[]) => link.client.run(['ip', 'link', 'set', link.clientDevice, ...what]);
  await link.client.run(['ip', 'address', 'flush', 'dev', link.clientDevice, 'scope', 'global']);
  await set('address', mac);
  await set('up');
  const options = ['-q', '-n', '-t', String(tries), ...more];
  const { stdout }: RunResult = await link.client.run(argv(link, options), { okCodes: [0, 1] });
  return new RegExp(`^bound (\\S+) from ${server}$`, 'm').exec(stdout)?.[1];
}
