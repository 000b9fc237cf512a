import type { Problem } from '../findings.ts';
import type { Value } from '../values.ts';

const TAKES_VALUE = [
  'client-software',
  'server-software',
  'membership-software',
  'one-time-password',
  'computer-ou',
];
const LONG = [...TAKES_VALUE, 'no-password'];
const DISCOVERS = ['client-software', 'server-software', 'membership-software'];

export type Realm = { values: Record<string, Value> } | { problem: Problem };

/** realm join [options] REALM: the arguments of the program realmd brings, which ends options at the first word. */
export function readRealm(words: readonly string[]): Realm {
  const bad = (message: string, mend: string) => ({ problem: { code: 'realm-invalid', message, mend } });
  if (words[0] !== 'join') return bad('realm can join and nothing else', 'write realm join DOMAIN');
  const discover: string[] = [];
  let at = 1;
  for (; words[at]?.startsWith('-') && words[at] !== '-'; at++) {
    if (words[at] === '--') {
      at += 1;
      break;
    }
    const [name, value] = /^--([^=]*)=?([\s\S]*)$/.exec(words[at]!)?.slice(1) ?? [];
    const could = LONG.filter((known) => name && known.startsWith(name));
    const option = LONG.find((known) => known === name) ?? (could.length === 1 ? could[0] : undefined);
    if (option === undefined)
      return bad(`realm join knows no option ${words[at]}`, `it knows ${LONG.join(', ')}`);
    const takes = TAKES_VALUE.includes(option);
    const explicit = words[at]!.includes('=');
    if (takes ? !explicit && words[at + 1] === undefined : explicit)
      return bad(`--${option} ${takes ? 'needs a value' : 'takes no value'}`, 'write it so');
    if (takes && !explicit) at += 1;
    if (DISCOVERS.includes(option)) discover.push(`--${option}=${explicit ? value : words[at]}`);
  }
  if (words.length - at !== 1) return bad('realm join takes one domain', 'name it last, after the options');
  return { values: { realm: words[at]!, arguments: words.slice(1), discover } };
}
