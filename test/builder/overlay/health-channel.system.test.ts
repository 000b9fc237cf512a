import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ChannelLine } from '../../../builder/contract/trial.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { PROGRAMS, SHELLS } from './shell.ts';

// Programs of a host that answer as on one: the journal's fields are those of systemd 252.

let folder: string;
const program = async (name: string, script: string) => {
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
};
const health = (state: string, names = ['kvm', 'guest', 'vhost'], at = '2026-01-01T00:00:00Z') =>
  JSON.stringify({
    ...{ schema: 1, state, image: 'i', host: 'h', at },
    checks: names.map((name) => ({ name, state, message: '/dev/kvm' })),
  });
/** A check that answers as it is asked: quickly, of the guest alone, or of everything. */
const answering = (quick: string, guest: string, whole: string) => `echo "$*" >>${folder}/asked-health
case "$*" in
  *--quick*) ${quick} ;;
  *guest*) ${guest} ;;
  *) ${whole} ;;
esac`;
const says = (text: string, code = 0) => `printf '%s' '${text}'; exit ${code}`;
const QUICK = health('ok', ['kvm', 'vhost']);
const GUEST = health('ok', ['guest'], '2026-01-01T00:00:09Z');
const entries = [
  { MESSAGE_ID: '7d4958e842da4a758f6c1cdc7b36dcc5', UNIT: 'dracut-mount.service', MESSAGE: 'Starting …' },
  { MESSAGE_ID: '39f53479d3a045ac8e11786248231fbf', UNIT: 'dracut-mount.service', MESSAGE: 'Finished …' },
  { MESSAGE: 'rackhand: image: whole, 119 MiB' },
  { MESSAGE: 'Linux version 6.1' },
  { MESSAGE: [114, 97] },
].map((entry, at) => JSON.stringify({ __MONOTONIC_TIMESTAMP: String(1000 * at), ...entry }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-channel-'));
  for (const name of ['bin', 'run/rackhand', 'proc']) await mkdir(join(folder, name), { recursive: true });
  await program(
    'systemctl',
    `case "$*" in
  *multi-user.target*) printf 'ActiveEnterTimestampMonotonic=9\\n' ;;
  *) printf 'KernelTimestampMonotonic=0\\nInitRDTimestampMonotonic=5\\nUserspaceTimestampMonotonic=7\\n' ;;
esac`,
  );
  await program('journalctl', `cat <<'END'\n${entries.join('\n')}\nEND`);
  await program('ssh-keygen', "printf '256 SHA256:abc root@host (ED25519)\\n'");
  await program('sleep', ':');
  await program('state', 'exit 1');
  await writeFile(join(folder, 'run/rackhand/state-device'), '/dev/sda3\n');
  await writeFile(join(folder, 'proc/uptime'), '71.25 60.10\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function told(shell: string[]): Promise<ChannelLine[]> {
  const port = join(folder, 'port');
  await run([...shell, join(PROGRAMS, 'health-channel'), port], {
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      ...{ RACKHAND_ROOT: folder, RACKHAND_RUN: join(folder, 'run/rackhand'), RACKHAND_HEALTH_TRIES: '4' },
      RACKHAND_STATE: join(folder, 'bin/state'),
    },
  });
  const lines = (await readFile(port, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => ChannelLine.parse(JSON.parse(line)));
}

it.each(SHELLS)('%s: health once it is well, then where the start spent its time', async (_, shell) => {
  const third = `n=$(cat ${folder}/n 2>/dev/null || printf 0); printf %s $((n + 1)) >${folder}/n
    [ "$n" -ge 2 ] && { ${says(QUICK)}; }; ${says(health('failed'), 2)}`;
  await program('rackhand-health', answering(third, says(GUEST), says('never', 2)));
  await program('state', `[ "$1" = saved ] && [ -e ${folder}/asked ] || { : >${folder}/asked; exit 1; }`);
  expect(await told(shell)).toEqual([
    { kind: 'clock', uptime: 71.25 },
    { kind: 'health', health: JSON.parse(health('ok', undefined, '2026-01-01T00:00:09Z')) },
    { kind: 'clock', uptime: 71.25 },
    {
      ...{
        kind: 'start',
        clock: { initrd: 5, userspace: 7, finish: 9 },
        identity: 'SHA256:abc',
        state: '/dev/sda3',
        saved: true,
      },
      steps: [
        { at: 0, unit: 'dracut-mount.service', what: 'begins' },
        { at: 1000, unit: 'dracut-mount.service', what: 'done' },
        { at: 2000, says: 'image: whole, 119 MiB' },
      ],
    },
  ]);
  const asked = await readFile(join(folder, 'asked-health'), 'utf8');
  expect(asked).toBe('--quick --json\n--quick --json\n--quick --json\n--json guest\n');
});

it.each(SHELLS)('%s: a guest that was lost is tried again, and all else with it', async (_, shell) => {
  const lost = says(health('failed', ['guest']), 2);
  await program('rackhand-health', answering(says(QUICK, 1), lost, says(health('ok'))));
  const [, told1] = await told(shell);
  expect(told1).toEqual({ kind: 'health', health: JSON.parse(health('ok')) });
  const asked = await readFile(join(folder, 'asked-health'), 'utf8');
  expect(asked).toBe('--quick --json\n--json guest\n--json\n');
});

it.each(SHELLS)('%s: what does not become well is told all the same', async (_, shell) => {
  await program('rackhand-health', `printf '%s' '${health('failed')}'; exit 2`);
  expect(await told(shell)).toMatchObject([
    { kind: 'clock' },
    { kind: 'health', health: { state: 'failed' } },
    { kind: 'clock' },
    { kind: 'start', saved: false },
  ]);
});

it.each(SHELLS)('%s: what cannot be kept is not waited for', async (_, shell) => {
  await program('rackhand-health', `printf '%s' '${health('ok')}'`);
  await rm(join(folder, 'run/rackhand/state-device'));
  await program('state', `: >${folder}/asked`);
  expect((await told(shell)).at(-1)).toMatchObject({ kind: 'start', state: '', saved: false });
  await expect(readFile(join(folder, 'asked'))).rejects.toMatchObject({ code: 'ENOENT' });
});
