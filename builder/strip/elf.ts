/** What a dynamic ELF file asks the loader for. */
export interface ElfNeeds {
  needed: string[];
  soname?: string;
  interpreter?: string;
  /** Folders of DT_RUNPATH or DT_RPATH as written, "$ORIGIN" and all. */
  runpath: string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_SONAME = 14n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;

export const isElf = (head: Buffer): boolean => head.length >= 64 && head.readUInt32BE(0) === 0x7f454c46;

/**
 * Reads the dynamic section of a 64-bit little-endian ELF file (System V ABI, chapter 5). `read` gives
 * `length` bytes at `offset`, fewer at the end of the file. Other kinds of ELF give undefined.
 */
export function readElf(read: (offset: number, length: number) => Buffer): ElfNeeds | undefined {
  const head = read(0, 64);
  if (!isElf(head) || head[4] !== 2 || head[5] !== 1) return undefined;
  const phoff = Number(head.readBigUInt64LE(32));
  const [entry, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
  if (entry < 56 || count === 0 || count > 512) return undefined;
  const table = read(phoff, entry * count);
  if (table.length < entry * count) return undefined;
  const headers = Array.from({ length: count }, (_, index) => {
    const at = table.subarray(index * entry);
    return {
      type: at.readUInt32LE(0),
      offset: Number(at.readBigUInt64LE(8)),
      address: at.readBigUInt64LE(16),
      size: Number(at.readBigUInt64LE(32)),
    };
  });
  const result: ElfNeeds = { needed: [], runpath: [] };
  const interp = headers.find((header) => header.type === PT_INTERP);
  if (interp) result.interpreter = cString(read(interp.offset, Math.min(interp.size, 4096)), 0);
  const dynamic = headers.find((header) => header.type === PT_DYNAMIC);
  if (!dynamic) return result;

  const section = read(dynamic.offset, Math.min(dynamic.size, 1 << 16));
  const wanted: bigint[] = [];
  let soname: bigint | undefined;
  let strings: bigint | undefined;
  let runpath: bigint | undefined;
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const [tag, value] = [section.readBigUInt64LE(at), section.readBigUInt64LE(at + 8)];
    if (tag === 0n) break;
    if (tag === DT_NEEDED) wanted.push(value);
    else if (tag === DT_SONAME) soname = value;
    else if (tag === DT_STRTAB) strings = value;
    else if (tag === DT_RUNPATH || (tag === DT_RPATH && runpath === undefined)) runpath = value;
  }
  // DT_STRTAB is an address in memory: the segment that holds it tells the place in the file.
  const load = headers.find(
    (h) =>
      h.type === PT_LOAD &&
      strings !== undefined &&
      strings >= h.address &&
      strings < h.address + BigInt(h.size),
  );
  if (strings === undefined || !load) return result;
  const base = load.offset + Number(strings - load.address);
  const text = (offset: bigint) => cString(read(base + Number(offset), 512), 0);
  result.needed = wanted.map(text);
  if (soname !== undefined) result.soname = text(soname);
  if (runpath !== undefined) result.runpath = text(runpath).split(':').filter(Boolean);
  return result;
}

function cString(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('latin1', from, end < 0 ? bytes.length : end);
}
