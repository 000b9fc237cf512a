import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import { run } from '../../builder/shared/process/run.ts';

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** Unprivileged accounts of the roles: of those that meet the network, and of the key holder. */
export interface Accounts {
  user: Account;
  keys: Account;
}

/**
 * As root a role would keep what it is meant to give up; with one account for both, whoever takes over a role
 * that meets the network reads the keys.
 * @throws RackhandError account-root | accounts-equal
 */
export function refuseUnfitAccounts({ user, keys }: Accounts): void {
  for (const [setting, { name, uid }] of [['user', user] as const, ['keysUser', keys] as const]) {
    if (uid !== 0) continue;
    throw new RackhandError(
      'account-root',
      `${setting}: account ${name} has uid 0`,
      `name another: ${howToMake('NAME')}`,
    );
  }
  if (user.uid !== keys.uid) return;
  const what = `user and keysUser are one account: ${user.name} and ${keys.name} have uid ${user.uid}`;
  throw new RackhandError('accounts-equal', what, `name two: ${howToMake('rackhand-keys')}`);
}

/** @throws RackhandError user-absent */
export async function findAccount(name: string): Promise<Account> {
  const fields = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === name);
  const [uid, gid] = [Number(fields?.[2] || Number.NaN), Number(fields?.[3] || Number.NaN)];
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { name, uid, gid };
  throw new RackhandError('user-absent', `no account ${name}`, howToMake(name));
}

function howToMake(name: string): string {
  return `useradd --system --no-create-home --shell /usr/sbin/nologin ${name}`;
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

/** What a process of the account would find, whoever asks. */
export async function may({ uid, gid }: Account, test: '-r' | '-w' | '-x', path: string): Promise<boolean> {
  const dropped = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return (await run([...dropped, 'test', test, path], { okCodes: [0, 1] })).code === 0;
}
