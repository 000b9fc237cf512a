import { RackhandError } from '../shared/errors.ts';

/** One package of the lock. */
export interface LockedPackage {
  name: string;
  epoch: number;
  version: string;
  release: string;
  arch: string;
  repository: string;
  /** Digest as the repository's signed metadata gives it, with its kind: "sha256:…". */
  checksum: string;
  /** Bytes of the package file. */
  size: number;
  /** Bytes when installed. */
  installSize: number;
  /** Seconds since 1970, to the minute. */
  buildTime: number;
  location: string;
}

/** name-epoch:version-release.arch, as dnf takes it and unambiguous. */
export function nevra(p: Pick<LockedPackage, 'name' | 'epoch' | 'version' | 'release' | 'arch'>): string {
  return `${p.name}-${p.epoch}:${p.version}-${p.release}.${p.arch}`;
}

/** Sections of dnf's table whose rows are packages; others list module streams, profiles and groups. */
const PACKAGE_SECTION =
  /^(Installing|Upgrading|Downgrading|Reinstalling)( (group|group\/module) packages| (weak )?dependencies)?:$/;

/**
 * NEVRAs of the transaction table that dnf prints. Rows are one blank deep; a long name pushes the other
 * columns to a line of their own, so tokens are counted and not lines: name arch evr repository size unit.
 */
export function parseTransaction(output: string): string[] {
  const tokens: string[] = [];
  let inside = false;
  for (const line of output.split('\n')) {
    if (/^\S.*:$/.test(line)) inside = PACKAGE_SECTION.test(line);
    else if (/^(Transaction Summary|Skipping)/.test(line)) inside = false;
    else if (inside && line.startsWith(' ')) tokens.push(...line.trim().split(/\s+/));
  }
  const found: string[] = [];
  for (let at = 0; at + 4 < tokens.length; ) {
    const [name, arch, evr] = tokens.slice(at, at + 3) as [string, string, string];
    const unit = tokens[at + 5];
    at += unit !== undefined && /^[kMGT]$/.test(unit) ? 6 : 5;
    found.push(`${name}-${evr.includes(':') ? evr : `0:${evr}`}.${arch}`);
  }
  return found;
}

/** name|epoch|version|release|arch|repository|digest|size|installed|time|location; only the digest may hold a bar. */
const ROW =
  /^([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|(.*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)$/;

/** Rows of queryArguments. `chksum` prints as "(2, b'\\x12…')" or "sha256:…" by dnf's version. */
export function parseQuery(output: string): LockedPackage[] {
  return output.split('\n').flatMap((line) => {
    const fields = ROW.exec(line)?.slice(1);
    if (fields === undefined) return [];
    const field = (at: number) => fields[at] ?? '';
    return [
      {
        ...{ name: field(0), epoch: Number(field(1)), version: field(2), release: field(3), arch: field(4) },
        ...{ repository: field(5), checksum: checksumOf(field(6)) },
        ...{ size: Number(field(7)), installSize: Number(field(8)) },
        ...{ buildTime: secondsOf(field(9)), location: field(10) },
      },
    ];
  });
}

/** "2026-11-24 10:49", which dnf prints in UTC. */
function secondsOf(text: string): number {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)$/.exec(text) ?? [];
  return day === undefined ? 0 : Date.parse(`${day}T${time}:00Z`) / 1000;
}

function checksumOf(text: string): string {
  const python = /^\((\d+), b(['"])([\s\S]*)\2\)$/.exec(text);
  if (!python) return text;
  const hex = bytesOf(python[3]!)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  const kind = { 16: 'md5', 20: 'sha1', 32: 'sha256', 64: 'sha512' }[hex.length / 2] ?? 'digest';
  return `${kind}:${hex}`;
}

/** Bytes of Python's notation for byte strings. */
function bytesOf(text: string): number[] {
  const escapes: Record<string, number> = { n: 10, r: 13, t: 9, '\\': 92, "'": 39, '"': 34 };
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') bytes.push(text.charCodeAt(at));
    else if (text[at + 1] === 'x') {
      bytes.push(Number.parseInt(text.slice(at + 2, at + 4), 16));
      at += 3;
    } else bytes.push(escapes[text[++at]!] ?? text.charCodeAt(at));
  }
  return bytes;
}

/** Fingerprints of primary keys in gpg's colon listing: the fpr line that follows a pub line. */
export function primaryFingerprints(listing: string): string[] {
  const lines = listing.split('\n').map((line) => line.split(':'));
  return lines.flatMap((fields, at) =>
    fields[0] === 'fpr' && lines[at - 1]?.[0] === 'pub' ? [fields[9] ?? ''] : [],
  );
}

/** Turns what dnf says when it fails into an error that names the package. Unknown output gives undefined. */
export function dnfFault(output: string, near: (name: string) => string[]): RackhandError | undefined {
  const absent = [...output.matchAll(/^No match for argument: (\S+)/gm)].map((match) => match[1]!);
  if (absent.length > 0) {
    const hints = absent.map((name) => {
      const names = near(name);
      return names.length > 0 ? `${name} (nearest: ${names.join(', ')})` : name;
    });
    return new RackhandError(
      'package-missing',
      `no repository of the recipe has: ${hints.join('; ')}`,
      "correct the name under 'packages', or add the repository that holds it",
    );
  }
  if (/Problem( \d+)?:|nothing provides/.test(output)) {
    const lines = output.split('\n').filter((line) => /^\s*(Problem|-|nothing provides)/.test(line));
    return new RackhandError(
      'packages-unresolvable',
      `dnf finds no set of packages that fits:\n${lines.slice(0, 20).join('\n')}`,
      "change 'packages' or 'exclude', or add the repository that holds what is missing",
    );
  }
  const signature = signatureFault(output);
  if (signature) return signature;
  if (
    /Cannot download repomd|Failed to download metadata|All mirrors were tried|repomd\.xml GPG/.test(output)
  ) {
    const repository = /repo '([^']+)'/.exec(output)?.[1] ?? 'a repository';
    return new RackhandError(
      'repository-unreachable',
      `${repository} cannot be read: ${lastError(output)}`,
      'check its URL and the network; for the lab, make the mirror first',
    );
  }
  return undefined;
}

function signatureFault(output: string): RackhandError | undefined {
  if (!/GPG check FAILED|is not signed|BAD|NOKEY|NOTTRUSTED|does not verify|Public key for/.test(output)) {
    return undefined;
  }
  const names = new Set<string>();
  for (const pattern of [
    /^Package (\S+) is not signed/gm,
    /Failing package is: (\S+)/g,
    /Public key for (\S+?)(?:\.rpm)? is not/g,
    /package (\S+) does not verify/g,
    /^Problem opening package (\S+)/gm,
    /Error: GPG .* (\S+\.rpm)/g,
  ]) {
    for (const match of output.matchAll(pattern)) names.add(match[1]!.replace(/\.rpm$/, ''));
  }
  if (names.size === 0) return undefined;
  return new RackhandError(
    'signature-wrong',
    `signature check failed for: ${[...names].sort().join(', ')}\n${lastError(output)}`,
    'the package was changed after signing, or the recipe names another gpgkey; nothing was installed',
  );
}

function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => /error|failed|gpg|key/i.test(line));
  return lines.slice(-4).join('\n');
}
