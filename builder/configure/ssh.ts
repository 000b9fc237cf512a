import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { changeInside, resolveInside } from '../shared/inside.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import { sshFiles } from './access.ts';

export interface SshOptions {
  root: string;
  /** Folder outside of the root, for a host key that is used once. */
  scratch: string;
  signal?: AbortSignal | undefined;
  say: (message: string) => void;
}

/**
 * Makes sshd read our settings before anybody's, and asks it what it makes of them all.
 * @throws RackhandError ssh-passwords
 */
export async function settleSsh(options: SshOptions): Promise<void> {
  const [ours] = sshFiles([]);
  await changeInside(options.root, 'etc/ssh/sshd_config', 0o600, (theirs) => sshdConfig(theirs, ours!.text));
  const settings = await effective(options);
  if (settings === undefined) {
    options.say('sshd of the root cannot be asked for its settings: that it takes keys only was not proved');
    return;
  }
  const ways = passwordWays(settings);
  if (ways.length === 0) return;
  throw new RackhandError(
    'ssh-passwords',
    `sshd of the root would let passwords in: ${ways.join(', ')}`,
    'take these settings out of /etc/ssh of the root; look at Match blocks too',
  );
}

/**
 * Of settings that stand twice sshd takes the first. EL9 and later read sshd_config.d before anything else; EL8's
 * OpenSSH 8.0 has no Include (it came with 8.2), and a root from elsewhere may have it too late.
 */
export function sshdConfig(theirs: string, ours: string): string {
  const first = theirs.split('\n').find((line) => /^\s*[^\s#]/.test(line)) ?? '';
  const isOurs = /^\s*include[\s=]+"?(\/etc\/ssh\/)?sshd_config\.d\/\*\.conf"?\s*$/i.test(first);
  return isOurs ? theirs : `${ours}${theirs}`;
}

/** Settings in what `sshd -T` prints by which a password opens a session. */
export function passwordWays(settings: string): string[] {
  // OpenSSH before 8.7 has keyboard-interactive under two names.
  return settings
    .split('\n')
    .map((line) => line.trim())
    .filter((line) =>
      /^(password|kbdinteractive|challengeresponse)authentication yes$|^permitemptypasswords yes$/.test(line),
    );
}

/** For a login of root from anywhere. Undefined where sshd does not say. */
async function effective({ root, scratch, signal }: SshOptions): Promise<string | undefined> {
  if ((await resolveInside(root, 'usr/sbin/sshd')) === undefined) return undefined;
  const [key, separation] = [join(scratch, 'key'), join(scratch, 'empty')];
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(key, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  await mkdir(separation, { recursive: true, mode: 0o755 });
  const login = 'user=root,host=manager.example,addr=192.0.2.1';
  const argv = ['/usr/sbin/sshd', '-T', '-h', '/tmp/key', '-C', login];
  // It wants a host key, and on Debian a folder that systemd would have made.
  const binds = { '/tmp/key': key, '/run/sshd': separation };
  return run(rootSandbox(argv, { root, binds }), signal ? { signal } : {}).then(
    ({ stdout }) => stdout,
    (error) => {
      if (error instanceof RackhandError && error.code === 'command-failed') return undefined;
      throw error;
    },
  );
}
