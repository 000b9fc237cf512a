import { splitWords } from '../words.ts';

const OPTIONS =
  /^--(passphrase|password|md5pass|wpakey|wepkey|reverse-password|activation-key|one-time-password)(=|$)/;
const COMMANDS = /^(rootpw|sshpw)$/;

/** A line of a kickstart with stars for passwords, as long as it was. */
export function maskSecrets(line: string): string {
  const { words } = splitWords(line);
  const isPassword = COMMANDS.test(words[0]?.text ?? '');
  let masked = line;
  for (const [i, word] of words.entries()) {
    const option = OPTIONS.exec(word.text);
    const equals = option?.[2] === '=' ? line.indexOf('=', word.start) + 1 : -1;
    const follows = i > 0 && OPTIONS.exec(words[i - 1]!.text)?.[2] === '';
    const isWord = isPassword && i > 0 && !word.text.startsWith('-');
    const start = equals > 0 ? equals : follows || isWord ? word.start : undefined;
    if (start !== undefined)
      masked = masked.slice(0, start) + '*'.repeat(word.end - start) + masked.slice(word.end);
  }
  return masked;
}
