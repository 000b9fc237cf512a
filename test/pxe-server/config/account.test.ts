import { expect, it } from 'vitest';
import { refuseUnfitAccounts } from '../../../pxe-server/config/account.ts';

const account = (name: string, uid: number) => ({ name, uid, gid: uid });
const rackhand = account('rackhand', 990);
const keys = account('rackhand-keys', 991);

it('two accounts without privileges', () => {
  expect(() => refuseUnfitAccounts({ user: rackhand, keys })).not.toThrow();
});
it.each([
  ['user', { user: account('root', 0), keys }, 'account-root', 'user: account root has uid 0'],
  [
    'keysUser',
    { user: rackhand, keys: account('toor', 0) },
    'account-root',
    'keysUser: account toor has uid 0',
  ],
  [
    'one account for both',
    { user: rackhand, keys: rackhand },
    'accounts-equal',
    'user and keysUser are one account: rackhand and rackhand have uid 990',
  ],
  [
    'two names of one account',
    { user: rackhand, keys: account('other', 990) },
    'accounts-equal',
    'user and keysUser are one account: rackhand and other have uid 990',
  ],
])('%s is refused', (_what, accounts, code, message) => {
  expect(() => refuseUnfitAccounts(accounts)).toThrow(
    expect.objectContaining({ code, message, mend: expect.stringContaining('useradd --system') }),
  );
});
