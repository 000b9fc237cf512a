import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import { run } from '../../builder/shared/process/run.ts';

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** @throws RackhandError user-absent */
export async function findAccount(name: string): Promise<Account> {
  const fields = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === name);
  const [uid, gid] = [Number(fields?.[2] || Number.NaN), Number(fields?.[3] || Number.NaN)];
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { name, uid, gid };
  const mend = `useradd --system --no-create-home --shell /usr/sbin/nologin ${name}`;
  throw new RackhandError('user-absent', `no account ${name}`, mend);
}

/**
 * Roles give root up, so root's own view of a file says nothing: a process of the account is asked.
 * @throws RackhandError account-shut-out, naming the first folder on the way that is closed, if one is
 */
export async function mustReach(
  account: Account,
  how: 'read' | 'write',
  path: string,
  what: string,
): Promise<void> {
  if (await may(account, how === 'read' ? '-r' : '-w', path)) return;
  const shut = await firstClosed(account, path);
  const shown = shut ?? path;
  const mend =
    shut !== undefined
      ? `chmod o+x ${shut}, or keep it where ${account.name} may go`
      : `let ${account.name} ${how} it: see ls -ld ${path}`;
  throw new RackhandError(
    'account-shut-out',
    `account ${account.name} cannot ${how} ${what} ${path}: ${shown} is closed to it`,
    mend,
  );
}

async function firstClosed(account: Account, path: string): Promise<string | undefined> {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    folders.unshift(folder);
  for (const folder of folders) if (!(await may(account, '-x', folder))) return folder;
  return undefined;
}

async function may({ uid, gid }: Account, test: '-r' | '-w' | '-x', path: string): Promise<boolean> {
  const dropped = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return (await run([...dropped, 'test', test, path], { okCodes: [0, 1] })).code === 0;
}
