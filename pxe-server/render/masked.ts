import { sha256 } from '../../builder/shared/ids.ts';
import type { InstallSettings } from '../hosts/install/settings.ts';
import { maskSecrets } from '../kickstart/text/secrets.ts';

type Secrets = Pick<InstallSettings, 'root' | 'users' | 'scripts'>;

const LABEL = /\[(?:(?:hash|script):[0-9a-f]{8}|login|token)\]/g;
/** Characters of a line that are looked at; no line that people write is longer. */
const LOOKED_AT = 16_384;
/** User and password of a URL. */
const LOGIN = /(\b[a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/@'"]{1,512}@/gi;
const TOKEN = /(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])/g;
const PRIVATE_KEY =
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$(?![\s\S]))/g;

/**
 * A kickstart as people may see it. Hashes of passwords and the host's own scripts stand as a label with 32 bits of
 * their digest, so that a change of them shows; passwords, logins, tokens and private keys as marks that never change.
 * Pure.
 */
export function maskKickstart(text: string, install: Secrets | undefined): string {
  const labelled = install ? labelSecrets(text, install) : text;
  return labelled
    .replace(PRIVATE_KEY, '$1 [key] $2')
    .replace(LOGIN, '$1[login]@')
    .replace(TOKEN, '[token]')
    .split('\n')
    .map(maskLine)
    .join('\n');
}

function labelSecrets(text: string, { root, users, scripts }: Secrets): string {
  const hashes = [root.passwordHash, ...users.map(({ passwordHash }) => passwordHash)];
  let masked = text;
  // Scripts first: a hash may be a part of one. The longest first: one may be a part of another.
  const known = scripts
    .map((script) => script.text.replace(/\r\n/g, '\n').replace(/\n$/, ''))
    .filter((script) => script.trim() !== ''); // it would be each empty line
  for (const script of known.sort((a, b) => b.length - a.length)) {
    const label = `[script:${digest(script)}]`;
    masked = masked.replace(wholeLines(script), () => `# ${label}, lines: ${script.split('\n').length}`);
    // A template may put one line of script between quotes; a shorter one hides nothing.
    if (script.length < 8) continue;
    for (const form of [script, script.replaceAll("'", `'\\''`)])
      masked = masked.replaceAll(form, () => label);
  }
  for (const hash of hashes) if (hash) masked = masked.replaceAll(hash, () => `[hash:${digest(hash)}]`);
  return masked;
}

/** By its options and commands; a label, which hides already, is left as it is. */
function maskLine(line: string): string {
  if (line.length > LOOKED_AT) return `# a line of ${line.length} characters`;
  if (/^\s*sshpw\s.*\s--sshkey\s/.test(line)) return line; // a public key stands where a password may
  let masked = maskSecrets(line);
  if (masked === line) return line;
  for (const { 0: label, index } of line.matchAll(LABEL))
    masked = masked.slice(0, index) + label + masked.slice(index + label.length);
  // What is left of its quotes.
  return masked.replace(/\*?(\[(?:hash|script):[0-9a-f]{8}\])\*?/g, '$1');
}

function wholeLines(text: string): RegExp {
  return new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}$`, 'gm');
}

function digest(text: string): string {
  return sha256(text).slice(0, 8);
}
