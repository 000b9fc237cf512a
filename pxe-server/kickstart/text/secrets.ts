import { splitWords, type Word } from '../words.ts';

/** Names whose value is secret, cut short or mistyped too: a typo shall not show what it was about. */
const NAMED = /pas{1,2}w|pwd|pas{1,2}ph|secret|token|(wpa|wep|activation-?)key/i;
const CUT = ['--password', '--passphrase'];
/** Commands whose words are secret, and what may have been meant for one. */
const COMMANDS = /^(root|ssh)?(pw|pwd|pas{1,2}w(or)?d)$|^(rootp|sshp)/i;

/** What is secret wherever it stands, and which part of it. */
const ANYWHERE: readonly RegExp[] = [
  // Hashes of crypt(5) and GRUB.
  /\$(?:[1567y]|2[abxy]|gy|sha1)\$[^\s"'\\]{8,}/dg,
  /\bgrub\.pbkdf2\.[\w.]{8,}/dg,
  // The password of a URL.
  /\b[a-z][a-z0-9+.-]{0,15}:\/\/[^\s"'/@:]{0,256}:([^\s"'/@]{1,256})@/dgi,
  /(?<![^\s"'=])[\w.+-]{1,64}:([^\s"'/@:]{1,256})@/dg,
  // rackhand.token=, ?token=, password=, and one-time tokens as a part of a path.
  /\b(?:token|password|passwd|passphrase|secret)=([^\s"'&;,*][^\s"'&;]*)/dgi,
  /(?<=[/=])[0-9a-f]{32}(?![0-9a-f])/dg,
];

type Span = readonly [start: number, end: number];

/** A line of a kickstart with stars for what is secret, as long as it was. */
export function maskSecrets(line: string): string {
  return secretSpans(line).reduce(
    (masked, [start, end]) => masked.slice(0, start) + '*'.repeat(end - start) + masked.slice(end),
    line,
  );
}

/** Characters of a line that are looked at word by word for each thing that is said about it. */
const LOOKED_AT = 8192;

/** What is said about a line, without what is secret in it. */
export function maskSaid(said: string, line: string): string {
  if (line.length > LOOKED_AT) return maskAnywhere(said.replace(/"[^"]*"/g, '"***"'));
  const { words } = splitWords(line);
  const secrets = secretSpans(line).flatMap(([start, end]) => {
    const within = words.find((word) => start >= word.start && end <= word.end);
    // As it is written, and without its quotes.
    return [
      line.slice(start, end),
      ...(within ? [plainValue(within.text), bare(line.slice(start, end))] : []),
    ];
  });
  const quoted = secrets.reduce((text, secret) => text.replaceAll(`"${secret}"`, '"***"'), said);
  return maskAnywhere(
    secrets
      .filter(({ length }) => length >= 4)
      .reduce((text, secret) => text.replaceAll(secret, '***'), quoted),
  );
}

/** Lines of a script, a file or a URL, with stars for what is secret. */
export function maskText(text: string): string {
  return text.split('\n').map(maskSecrets).join('\n');
}

function maskAnywhere(text: string): string {
  return ANYWHERE.reduce(
    (masked, pattern) =>
      masked.replace(pattern, (all, part?: unknown) =>
        typeof part === 'string' ? all.replace(part, '***') : '***',
      ),
    text,
  );
}

function secretSpans(line: string): Span[] {
  return [...spansOfWords(line), ...ANYWHERE.flatMap((pattern) => spansOf(line, pattern))];
}

function spansOf(line: string, pattern: RegExp): Span[] {
  return [...line.matchAll(pattern)].map(({ indices }) => indices![1] ?? indices![0]!);
}

function spansOfWords(line: string): Span[] {
  const { words, open } = splitWords(line);
  const isPassword = COMMANDS.test(words[0]?.text ?? '');
  const spans: Span[] = [];
  for (const [i, word] of words.entries()) {
    const before = i > 0 ? words[i - 1]! : undefined;
    const isOption = word.text.startsWith('--');
    const hasValue = isOption && word.text.includes('=');
    if (hasValue && isSecretOption(word)) spans.push([line.indexOf('=', word.start) + 1, word.end]);
    else if (!isOption && before && !before.text.includes('=') && isSecretOption(before))
      spans.push([word.start, word.end]);
    else if (isPassword && i > 0 && !isOption) spans.push([word.start, word.end]);
  }
  // A quote that does not end hides where the value does.
  const last = words.at(-1);
  const told = line.slice(last?.end ?? 0);
  if (open && (isPassword || (last && isSecretOption(last)) || NAMED.test(told) || isCut(told.trim())))
    spans.push([last?.end ?? 0, line.trimEnd().length]);
  return spans;
}

function isSecretOption({ text }: Word): boolean {
  return text.startsWith('--') && (NAMED.test(text.split('=')[0]!) || isCut(text));
}

/** Options may be cut short as long as they mean one. */
function isCut(text: string): boolean {
  const name = text.split('=')[0]!;
  return name.length >= 4 && CUT.some((whole) => whole.startsWith(name));
}

function plainValue(text: string): string {
  return text.startsWith('--') ? text.slice(text.indexOf('=') + 1) : text;
}

const bare = (text: string) => text.replace(/^(["'])(.*)\1$/, '$2');
