import type { ConfiguredFile } from './files.ts';

/**
 * Root without a password: nobody gets in at a console. "!" in front also bars SSH keys where sshd does without
 * PAM (sshd(8)), so it stands only where the recipe brings none.
 */
export function lockRoot(shadow: string, keys: readonly string[] = []): string {
  const field = keys.length > 0 ? '*' : '!*';
  return shadow
    .split('\n')
    .map((line) => (line.startsWith('root:') ? line.replace(/^root:[^:]*:/, `root:${field}:`) : line))
    .join('\n');
}

/** Without anybody who could log in, a login prompt is a riddle: the consoles show the screen alone. */
export function loginFiles(keys: readonly string[]): ConfiguredFile[] {
  if (keys.length > 0) return [];
  const settings = [
    '[Login]',
    '# Root is locked, and nobody else has an account.',
    'NAutoVTs=0',
    'ReserveVT=0',
  ];
  return [{ path: 'etc/systemd/logind.conf.d/10-rackhand.conf', mode: 0o644, text: lines(settings) }];
}

/** sshd's settings, and root's keys where the recipe brings some. */
export function sshFiles(keys: readonly string[]): ConfiguredFile[] {
  const settings = [
    // No RSA key: making one takes long on slow machines, and nothing that can reach a host needs it.
    'HostKey /etc/ssh/ssh_host_ecdsa_key',
    'HostKey /etc/ssh/ssh_host_ed25519_key',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    // What OpenSSH before 8.7 calls the same, and takes for a yes unless it is told.
    'ChallengeResponseAuthentication no',
    // Managers bring a key of their own after registration.
    'PermitRootLogin prohibit-password',
    'PermitEmptyPasswords no',
    'X11Forwarding no',
  ];
  // Before every other file there: the first value of a setting counts.
  const configured = { path: 'etc/ssh/sshd_config.d/00-rackhand.conf', mode: 0o600, text: lines(settings) };
  if (keys.length === 0) return [configured];
  return [configured, { path: 'root/.ssh/authorized_keys', mode: 0o600, text: lines(keys) }];
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
