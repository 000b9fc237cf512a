import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { PROGRAMS, SHELLS } from './shell.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rackhand-label-'));
  await mkdir(join(root, 'bin'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** What was run: chcon or restorecon, with their arguments. */
async function labelled(shell: string[], policies: Record<string, string>, chcon = 0): Promise<string[]> {
  for (const [name, code] of Object.entries({ chcon, restorecon: 0 })) {
    const file = join(root, 'bin', name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >>${root}/ran\nexit ${code}\n`);
    await chmod(file, 0o755);
  }
  for (const [type, text] of Object.entries(policies)) {
    const file = join(root, 'etc/selinux', type, 'contexts/files/file_contexts');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, RACKHAND_ROOT: root };
  await run([...shell, join(PROGRAMS, 'label-root')], { env });
  return (await readFile(join(root, 'ran'), 'utf8')).trim().split('\n');
}

const RULES = '/.*\tsystem_u:object_r:default_t:s0\n/\t-d\tsystem_u:object_r:root_t:s0\n/a\t-d\tother\n';

it.each(SHELLS)('%s: the policy’s line for the root is enough', async (_, shell) => {
  expect(await labelled(shell, { targeted: RULES })).toEqual([`chcon system_u:object_r:root_t:s0 ${root}/`]);
});

it.each<[what: string, policies: Record<string, string>, chcon: number, ran: RegExp[]]>([
  ['without such a line', { targeted: '/.*\tx\n' }, 0, [/^restorecon -F /]],
  ['of a label that is none', { targeted: '/\t-d\tsystem_u:x $(y)\n' }, 0, [/^restorecon -F /]],
  ['of two policies', { targeted: RULES, mls: RULES }, 0, [/^restorecon -F /]],
  ['of none', {}, 0, [/^restorecon -F /]],
  ['that refuses', { targeted: RULES }, 1, [/^chcon /, /^restorecon -F /]],
])('restorecon asks the whole of a policy %s', async (_, policies, chcon, ran) => {
  const commands = await labelled(SHELLS[0]![1], policies, chcon);
  expect(commands).toEqual(ran.map((pattern) => expect.stringMatching(pattern)));
});
