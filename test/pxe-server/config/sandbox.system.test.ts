import { describe, expect, it } from 'vitest';
import { findAccount } from '../../../pxe-server/config/account.ts';
import { checkSandbox } from '../../../pxe-server/config/sandbox.ts';

describe('the process that renders templates of the site', () => {
  it('is there for the account of the roles', async () => {
    await expect(checkSandbox(await findAccount('nobody'))).resolves.toBeUndefined();
  });
  it.each([
    [
      'may make no namespaces',
      'echo "bwrap: No permissions to create new namespace" >&2; exit 1',
      'No permissions',
    ],
    ['says something else', 'cat >/dev/null; echo hello', 'it gave no answer'],
  ])('that %s stops the start', async (_what, script, why) => {
    await expect(checkSandbox(null, ['sh', '-c', script])).rejects.toMatchObject({
      code: 'sandbox-unusable',
      message: expect.stringContaining(why),
      mend: expect.stringContaining('user.max_user_namespaces'),
    });
  });
  it('is missed by its name', async () => {
    await expect(checkSandbox(null, ['rackhand-no-such-tool'])).rejects.toMatchObject({
      code: 'tool-missing',
    });
  });
});
