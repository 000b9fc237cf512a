import { parseIpv4 } from '../../net/ipv4.ts';
import {
  type ExportedLease,
  type FileLease,
  hexOf,
  identifierKey,
  identifierOf,
  invalid,
  type LeaseFile,
  macOf,
  NEVER,
  NOBODY,
  newest,
  type Reservation,
} from './entries.ts';
import { iscString, iscTokens, type Token } from './isc-tokens.ts';

/** Binding states (dhcpd.leases(5)); what is not in use is known for its client's sake. */
const STATES: Record<string, 'bound' | 'released' | 'declined'> = {
  active: 'bound',
  free: 'released',
  expired: 'released',
  released: 'released',
  reset: 'released',
  backup: 'released',
  abandoned: 'declined',
};

interface Block {
  /** Words before the brace. */
  head: Token[];
  statements: Token[][];
}

/**
 * `lease` and `host` of dhcpd.leases and dhcpd.conf; whatever else there is, is passed over.
 * @throws RackhandError leases-invalid naming file and line
 */
export function readIsc(text: string, file: string): LeaseFile {
  const leases: FileLease[] = [];
  // By name: the file is a log, and a later entry takes the place of an earlier one.
  const reservations = new Map<string, Reservation | undefined>();
  for (const block of blocks(iscTokens(text, file), file)) {
    const [kind, name] = block.head;
    if (kind!.text === 'lease') leases.push(...leaseOf(block, file));
    else reservations.set(name?.text ?? '', reservationOf(block, file));
  }
  const kept = [...reservations.values()].filter((entry) => entry !== undefined);
  return { leases: newest(leases), reservations: kept };
}

/** The blocks of leases and hosts, in whatever groups and subnets they are. */
function* blocks(tokens: readonly Token[], file: string): Generator<Block> {
  let depth = 0;
  let head: Token[] = [];
  let inside: (Block & { depth: number }) | undefined;
  for (const token of tokens) {
    const mark = token.kind === 'mark' ? token.text : '';
    if (mark === '{') {
      depth += 1;
      if (!inside && isKept(head)) inside = { head, statements: [], depth };
    } else if (mark === '}') {
      if (depth === 0) throw invalid(file, token.line, 'a brace closes what was not opened');
      if (inside?.depth === depth) {
        yield inside;
        inside = undefined;
      }
      depth -= 1;
    } else if (mark === ';') {
      if (inside?.depth === depth) inside.statements.push(head);
    } else {
      head.push(token);
      continue;
    }
    head = [];
  }
  if (inside)
    throw invalid(file, inside.head[0]!.line, 'its brace is never closed', 'close it, or remove it');
}

function isKept([kind, name]: readonly Token[]): boolean {
  return name !== undefined && (kind?.text === 'lease' || kind?.text === 'host');
}

function leaseOf({ head, statements }: Block, file: string): FileLease[] {
  const line = head[0]!.line;
  const address = parseIpv4(head[1]?.text ?? '');
  if (address === undefined) throw invalid(file, line, `lease ${head[1]?.text ?? ''} is no IPv4 address`);
  const find = (...words: string[]) =>
    statements
      .find((statement) => words.every((word, i) => statement[i]?.text === word))
      ?.slice(words.length);
  const binding = find('binding', 'state')?.[0];
  const state = find('abandoned') ? 'declined' : STATES[binding?.text ?? 'active'];
  if (state === undefined) throw invalid(file, binding!.line, `binding state ${binding!.text}`);
  const ends = find('ends');
  if (!ends) throw invalid(file, line, 'a lease without its end', 'add ends …; or remove the lease');
  const expires = time(ends, file, line);
  const client = clientOf(find('hardware'), find('uid'), file) ?? (state === 'declined' ? NOBODY : undefined);
  if (client === undefined) {
    if (state === 'released') return []; // never had
    throw invalid(file, line, 'neither a hardware address of Ethernet nor a uid');
  }
  const hostName = find('client-hostname')?.[0]?.text;
  return [{ line, lease: { address, client, state, expires }, ...(hostName ? { hostName } : {}) }];
}

function clientOf(hardware: Token[] | undefined, uid: Token[] | undefined, file: string): string | undefined {
  if (hardware?.[0]?.text === 'ethernet') {
    const mac = macOf(hardware[1]?.text ?? '');
    if (mac !== undefined) return mac;
    throw invalid(file, hardware[0].line, `hardware address ${hardware[1]?.text ?? ''}`);
  }
  const [given] = uid ?? [];
  if (!given) return undefined;
  const hex = given.kind === 'string' ? Buffer.from(given.text, 'latin1').toString('hex') : hexOf(given.text);
  return hex === undefined ? undefined : identifierKey(hex);
}

/** "4 2026/11/26 12:00:00" in UTC, "epoch 1764158400", or "never". */
function time(tokens: readonly Token[], file: string, line: number): number {
  const [first, second, third] = tokens.map(({ text }) => text);
  if (first === 'never') return NEVER;
  if (first === 'epoch' && /^\d{1,10}$/.test(second ?? '')) return Number(second) * 1000;
  const date = /^(\d{4})\/(\d\d)\/(\d\d)$/.exec(second ?? '');
  const clock = /^(\d\d):(\d\d):(\d\d)$/.exec(third ?? '');
  const at = date && clock ? Date.parse(`${date.slice(1).join('-')}T${third}Z`) : Number.NaN;
  if (Number.isNaN(at))
    throw invalid(file, tokens[0]?.line ?? line, `${[first, second, third].join(' ')} is no time`);
  return at;
}

/** Undefined for a host that was deleted, and for one without an address or a hardware address of its own. */
function reservationOf({ head, statements }: Block, file: string): Reservation | undefined {
  const line = head[0]!.line;
  const find = (word: string) => statements.find((statement) => statement[0]?.text === word)?.slice(1);
  const hardware = find('hardware');
  const address = find('fixed-address')?.[0];
  if (find('deleted') || !address || hardware?.[0]?.text !== 'ethernet') return undefined;
  const mac = macOf(hardware[1]?.text ?? '');
  if (mac === undefined) throw invalid(file, hardware[0].line, `hardware address ${hardware[1]?.text ?? ''}`);
  if (parseIpv4(address.text) === undefined)
    throw invalid(
      file,
      address.line,
      `fixed-address ${address.text} is no IPv4 address`,
      'write its address',
    );
  const name = head[1]?.text;
  return { line, macs: [mac], address: address.text, ...(name ? { name } : {}) };
}

/** As dhcpd writes dhcpd.leases; offers it has not there. */
export function* writeIscLeases(leases: Iterable<ExportedLease>, now: number): Generator<string> {
  yield '# dhcpd.leases(5), times in UTC\nauthoring-byte-order little-endian;\n\n';
  for (const { address, client, state, expires, hostName, leaseSeconds } of leases) {
    if (state === 'offered') continue;
    const identifier = identifierOf(client);
    const binding = { bound: expires > now ? 'active' : 'expired', released: 'free', declined: 'abandoned' }[
      state
    ];
    const starts = expires >= NEVER ? now : Math.min(expires - leaseSeconds * 1000, now);
    const lines = [
      `starts ${iscTime(starts)}`,
      `ends ${iscTime(expires)}`,
      `binding state ${binding}`,
      'next binding state free',
      ...(identifier === undefined ? [`hardware ethernet ${client}`] : []),
      ...(identifier ? [`uid ${iscString(Buffer.from(identifier, 'hex'))}`] : []),
      ...(hostName ? [`client-hostname ${iscString(Buffer.from(hostName, 'latin1'))}`] : []),
    ];
    yield `lease ${address} {\n${lines.map((text) => `  ${text};\n`).join('')}}\n`;
  }
}

/** As dhcpd.conf has them. */
export function* writeIscHosts(reservations: Iterable<Omit<Reservation, 'line'>>): Generator<string> {
  for (const { macs, address, name } of reservations) {
    const [mac] = macs;
    if (mac === undefined) continue;
    const called = name ?? `host-${mac.replaceAll(':', '')}`;
    yield `host ${called} {\n  hardware ethernet ${mac};\n  fixed-address ${address};\n}\n`;
  }
}

/** ISC numbers the days of a week from Sunday, 0. */
function iscTime(milliseconds: number): string {
  if (milliseconds >= NEVER) return 'never';
  const at = new Date(milliseconds);
  const [date, clock] = at.toISOString().slice(0, 19).split('T');
  return `${at.getUTCDay()} ${date!.replaceAll('-', '/')} ${clock}`;
}
