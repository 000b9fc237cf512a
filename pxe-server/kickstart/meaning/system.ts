import type { Document, Script } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { SourceLine } from '../lines.ts';
import { tell } from './tell.ts';

/** The rest of the system, and what scripts do that may hurt. */
export function systemFindings(document: Document): Finding[] {
  return [
    ...protectionFindings(document),
    ...zoneFindings(document),
    ...document.scripts.flatMap(interpreterFindings),
    ...document.scripts.flatMap(fetchFindings),
  ];
}

function protectionFindings({ last, firewall }: Document): Finding[] {
  const found: Finding[] = [];
  const selinux = last.get('selinux');
  if (selinux?.values.mode === 'disabled')
    found.push(
      tell(selinux, {
        ...{ code: 'selinux-off', message: 'SELinux is off: guests are kept apart by less', field: 'mode' },
        ...{ mend: 'use --enforcing; --permissive while looking for what it denies', severity: 'risk' },
      }),
    );
  if (firewall && !firewall.enabled)
    found.push(
      tell(firewall.node, {
        ...{ code: 'firewall-off', message: 'every port is open', field: 'enabled', severity: 'risk' },
        mend: 'use --enabled with --service or --port',
      }),
    );
  return found;
}

function zoneFindings({ last }: Document): Finding[] {
  const node = last.get('timezone');
  const zone = node?.values.zone;
  if (!node || typeof zone !== 'string' || isZone(zone)) return [];
  const message = `there is no time zone ${zone}; the installer takes its own`;
  const mend = 'write it as in timedatectl list-timezones';
  return [tell(node, { code: 'timezone-unknown', message, mend, severity: 'warning' })];
}

const ZONES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('timeZone')).add('UTC');

function isZone(zone: string): boolean {
  if (ZONES.has(zone)) return true;
  // An older name of one of them.
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function interpreterFindings({ node, interpreter }: Script): Finding[] {
  if (!interpreter.startsWith('/'))
    return [
      tell(node, {
        ...{ code: 'interpreter-impossible', message: `${interpreter} is no path`, field: 'interpreter' },
        mend: 'write it from /, such as /usr/bin/bash',
      }),
    ];
  if (!/^\/usr\/bin\/python(2\S*)?$/.test(interpreter)) return [];
  const told = {
    message: `EL8 and later have no ${interpreter}`,
    mend: 'use /usr/libexec/platform-python or python3',
  };
  return [tell(node, { code: 'interpreter-absent', ...told, field: 'interpreter', severity: 'warning' })];
}

const FETCH = /\b(curl|wget)\b[^|;&\n]{0,400}?\b(http|ftp):\/\//;
const PIPED = /\b(curl|wget)\b[^;&\n]{0,400}\|\s*(sudo\s+)?(ba|z|da)?sh\b/;
const CHECKED = /\b(sha(256|384|512)sum|b2sum|gpg2?|rpmkeys|openssl dgst|minisign)\b/;

function fetchFindings({ node, text }: Script): Finding[] {
  const isChecked = CHECKED.test(text);
  return node.body.flatMap((line) => {
    if (line.text.trimStart().startsWith('#')) return [];
    if (PIPED.test(line.text))
      return [risk(line, PIPED, 'what is fetched is run unseen', 'fetch, compare a checksum, then run')];
    if (isChecked || !FETCH.test(line.text)) return [];
    return [
      risk(line, FETCH, 'what is fetched in clear is compared with nothing', 'use https, or sha256sum -c'),
    ];
  });
}

function risk(line: SourceLine, pattern: RegExp, message: string, mend: string): Finding {
  const match = pattern.exec(line.text)!;
  const column = match.index + 1;
  const place = { file: line.file, line: line.number, column, end: column + match[0].length };
  return { code: 'fetch-unchecked', severity: 'risk', layer: 'meaning', message, mend, place };
}
