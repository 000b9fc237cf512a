import type { Release } from './releases.ts';
import type { OptionRow } from './tables/rows.ts';

/** One member of a team device, and its configuration as JSON. */
export interface TeamMember {
  device: string;
  config: string;
}

export type Value = string | number | boolean | readonly string[] | readonly TeamMember[];

export type ReadValue = { value: Value } | { problem: string };

/** An option's text as a value. `problem` says what was expected. */
export function readValue(row: OptionRow, text: string, release: Release): ReadValue {
  const read = KINDS[row.kind](text, release);
  if ('problem' in read || !row.choices || row.choices.includes(String(read.value))) return read;
  return { problem: `one of ${row.choices.join(', ')}` };
}

const KINDS: Record<OptionRow['kind'], (text: string, release: Release) => ReadValue> = {
  flag: () => ({ problem: 'no value' }),
  text: (value) => ({ value }),
  optional: (value) => ({ value }),
  integer: (text) => {
    const digits = /^\s*([+-]?)0*(\d+(?:_\d+)*)\s*$/.exec(text);
    if (!digits) return { problem: 'a whole number' };
    const value = Number(digits[1] + digits[2]!.replaceAll('_', ''));
    return Number.isSafeInteger(value) ? { value } : { problem: 'a whole number below 2^53' };
  },
  boolean: (text) => {
    if (/^(on|yes|true|1)$/i.test(text)) return { value: true };
    return /^(off|no|false|0)$/i.test(text) ? { value: false } : { problem: 'yes or no' };
  },
  list: (text) => ({ value: splitList(text) }),
  ports: (text) => ({ value: splitList(text).map((port) => (port.includes(':') ? port : `${port}:tcp`)) }),
  device: (text) => ({ value: text.startsWith('/dev/') ? text.slice(5) : text }),
  'raid-level': (text) => {
    const level = text.toUpperCase().replace(/^RAID/, '');
    if (/^(0|1|4|5|6|10)$/.test(level)) return { value: `RAID${level}` };
    return level === 'LINEAR' ? { value: level } : { problem: 'RAID level 0, 1, 4, 5, 6, 10 or linear' };
  },
  'raid-device': (text, release) => ({
    value: release === 'el8' && text.startsWith('md') ? text.slice(2) : text,
  }),
  layout: (text) => {
    const layout = text.toLowerCase();
    return /^(lvm|plain|partition|thinp)$/.test(layout)
      ? { value: layout === 'partition' ? 'plain' : layout }
      : { problem: 'lvm, thinp or plain' };
  },
  moment: (text) =>
    text === 'post-install' || text === 'pre-install'
      ? { value: text }
      : { problem: 'post-install or pre-install' },
  team: readTeam,
};

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** `eth1,eth2'{"prio": 100}'`: a comma inside the quotes divides nothing. */
function readTeam(text: string): ReadValue {
  const members: TeamMember[] = [];
  const member = /([^,']*)(?:'([^']*)')?(?:,|$)/y;
  let at = 0;
  while (at < text.length) {
    member.lastIndex = at;
    const [all, device, config] = member.exec(text) ?? [];
    if (all === undefined || device!.trim() === '') return { problem: "NIC, or NIC'{JSON}', by commas" };
    members.push({ device: device!.trim(), config: config ?? '' });
    at = member.lastIndex;
  }
  return { value: members };
}
