/** One line of syslog as it is kept. */
export interface SyslogMessage {
  /** RFC 5424 6.2.1: 0 emergency, 3 error, 4 warning, 6 informational, 7 debug. */
  severity: number;
  /** Tag (RFC 3164) or application (RFC 5424); "" when there is none. */
  program: string;
  text: string;
}

/** Bytes of a message that are looked at (RFC 5424 6.1: receivers should take 2048), and characters that are kept. */
export const MESSAGE_BYTES = 8192;
const PROGRAM = 48;
const TEXT = 600;

/** TIMESTAMP HOSTNAME APP-NAME PROCID MSGID and what follows. */
const RFC5424 = /^1 (\S{1,48}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) ?/;
/** "Nov 26 19:40:01 host ", or the time of RFC 3339 that rsyslog writes too. */
const RFC3164 =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T[\d:.]{8,20}(?:Z|[+-]\d{2}:\d{2})) (\S{1,255}) /;
const TAG = /^([\w./@-]{1,48})(?:\[[^\]\s]{0,32}\])?: ?/;

/**
 * Reads a message of RFC 5424, or of RFC 3164 as far as its sender keeps to it; both begin with `<PRI>`. Host and time are
 * what the sender says, and count for nothing. Pure.
 * @returns undefined for what is no syslog
 */
export function parseSyslog(bytes: Buffer): SyslogMessage | undefined {
  const text = bytes.subarray(0, MESSAGE_BYTES).toString('utf8');
  const begin = /^<(\d{1,3})>/.exec(text);
  const priority = Number(begin?.[1] ?? Number.NaN);
  // Facilities 0 to 23 (RFC 5424 6.2.1).
  if (!begin || priority > 191) return undefined;
  const rest = text.slice(begin[0].length);
  const { program, said } = modern(rest) ?? traditional(rest);
  return { severity: priority & 7, program: program.slice(0, PROGRAM), text: plain(said) };
}

function modern(rest: string): { program: string; said: string } | undefined {
  const head = RFC5424.exec(rest);
  if (!head) return undefined;
  const program = head[3] === '-' ? '' : head[3]!;
  return { program, said: behindData(rest.slice(head[0].length)) };
}

/** What follows the structured data (RFC 5424 6.3): "-", or elements in brackets, in whose values \] is no end. */
function behindData(rest: string): string {
  if (!rest.startsWith('[')) return rest.replace(/^- ?/, '');
  let at = 0;
  while (rest[at] === '[') {
    let isQuoted = false;
    for (at += 1; at < rest.length && (isQuoted || rest[at] !== ']'); at++) {
      if (isQuoted && rest[at] === '\\') at += 1;
      else if (rest[at] === '"') isQuoted = !isQuoted;
    }
    at += 1;
  }
  return rest.slice(at).replace(/^ /, '');
}

function traditional(rest: string): { program: string; said: string } {
  const head = RFC3164.exec(rest);
  const behind = head ? rest.slice(head[0].length) : rest;
  const tag = TAG.exec(behind);
  return { program: tag?.[1] ?? '', said: tag ? behind.slice(tag[0].length) : behind };
}

/** Without the mark of UTF-8 (RFC 5424 6.4), and the end that senders add. */
function plain(said: string): string {
  return said
    .replace(/^\ufeff/, '')
    .replace(/[\0\r\n\s]+$/, '')
    .slice(0, TEXT);
}
