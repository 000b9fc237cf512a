/** Members of a cpio archive in the "newc" form (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). Pure. */

export interface CpioMember {
  path: string;
  /** What the header says but for the number of the inode, which is of no meaning to the kernel: mode, owners, time, device. */
  header: string;
  content: Buffer;
}

const [HEADER, FIELD] = [110, 8];
const MAGIC = '070701';

/** @returns members, and where the archive ends; undefined where its bytes are none */
export function readCpio(bytes: Buffer, from = 0): { members: CpioMember[]; end: number } | undefined {
  const members: CpioMember[] = [];
  for (let at = from; at + HEADER <= bytes.length; ) {
    if (bytes.toString('latin1', at, at + MAGIC.length) !== MAGIC) return undefined;
    const field = (index: number) => {
      const start = at + MAGIC.length + index * FIELD;
      return Number.parseInt(bytes.toString('latin1', start, start + FIELD), 16);
    };
    const [size, named] = [field(6), field(11)];
    const name = at + HEADER;
    const content = aligned(name + named);
    if (!(content + size <= bytes.length)) return undefined;
    const path = bytes.toString('utf8', name, name + named - 1);
    at = aligned(content + size);
    if (path === 'TRAILER!!!') return { members, end: at };
    const header = bytes.toString('latin1', name - HEADER + MAGIC.length + FIELD, name);
    members.push({ path, header, content: bytes.subarray(content, content + size) });
  }
  return undefined;
}

function aligned(at: number): number {
  return Math.ceil(at / 4) * 4; // an operator on bits would make large numbers negative
}
