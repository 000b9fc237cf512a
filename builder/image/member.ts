/**
 * What stands before a file in a tar archive: POSIX.1-2017 (pax, "pax Interchange Format") with extended attributes as
 * SCHILY.xattr records (star(5)), which sqfstar and others read. Pure.
 */

export const BLOCK = 512;

/** A file of any kind, without its content. Names are bytes, one a character (latin1): they need not be UTF-8. */
export interface Member {
  /** From the root, without a leading slash. */
  path: string;
  /** Type flag of the header: 0 file, 1 hard link, 2 symbolic link, 3 and 4 character and block device, 5 folder, 6 FIFO. */
  type: '0' | '1' | '2' | '3' | '4' | '5' | '6';
  /** Permission bits, with set-user-id and such. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content; of a file only. */
  size: number;
  /** Seconds. */
  mtime: number;
  /** Of links: what they lead to. */
  target?: string;
  /** Of devices. */
  device?: { major: number; minor: number };
  attributes: ReadonlyMap<string, Buffer>;
}

/** Characters of a name in the header itself. */
const NAME = 100;
/** Largest values of eleven and of seven octal digits. */
const [LARGE, SMALL] = [8 ** 11 - 1, 8 ** 7 - 1];

export function memberHeader(member: Member): Buffer {
  const records = paxRecords(member);
  const header = block(member);
  if (records.length === 0) return header;
  const text = Buffer.concat(records);
  const before = { ...member, path: 'pax', type: 'x' as const, size: text.length, target: '' };
  return Buffer.concat([block({ ...before, mode: 0o644 }), text, padding(text.length), header]);
}

/** From the end of a content to the next block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** What ends an archive. */
export const END = Buffer.alloc(2 * BLOCK);

/** What a header has no room for. */
function paxRecords({ path, target, size, uid, gid, attributes }: Member): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: Buffer | string) => records.push(paxRecord(key, value));
  if (path.length > NAME) add('path', path);
  if (target !== undefined && target.length > NAME) add('linkpath', target);
  if (size > LARGE) add('size', String(size));
  if (uid > SMALL) add('uid', String(uid));
  if (gid > SMALL) add('gid', String(gid));
  for (const name of [...attributes.keys()].sort()) add(`SCHILY.xattr.${name}`, attributes.get(name)!);
  return records;
}

/** "LENGTH key=value\n", whose length counts its own digits. */
export function paxRecord(key: string, value: Buffer | string): Buffer {
  const rest = Buffer.concat([
    Buffer.from(` ${key}=`, 'latin1'),
    typeof value === 'string' ? Buffer.from(value, 'latin1') : value,
    Buffer.from('\n'),
  ]);
  let length = rest.length + 1;
  while (String(length).length + rest.length > length) length++;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function block(member: Omit<Member, 'type'> & { type: string }): Buffer {
  const header = Buffer.alloc(BLOCK);
  const digits = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(member.path.slice(0, NAME), 0, 'latin1');
  digits(member.mode, 100, 8);
  digits(Math.min(member.uid, SMALL), 108, 8);
  digits(Math.min(member.gid, SMALL), 116, 8);
  digits(Math.min(member.size, LARGE), 124, 12);
  digits(member.mtime, 136, 12);
  header.write(member.type, 156, 'latin1');
  header.write((member.target ?? '').slice(0, NAME), 157, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  digits(member.device?.major ?? 0, 329, 8);
  digits(member.device?.minor ?? 0, 337, 8);
  // Of all bytes, with the field itself as blanks.
  header.write(' '.repeat(8), 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
