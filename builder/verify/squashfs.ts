import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Of a squashfs that passes by only what its listing needs: the head, and the tables behind all data (squashfs 4.0,
 * kernel documentation filesystems/squashfs: superblock with the place of the inode table at byte 64).
 */
export interface Tables {
  /** Sparse: the same size and tables, no data. */
  file: string;
  /** @param offset of the piece in the squashfs; pieces come in order */
  take(piece: Uint8Array, offset: number): Promise<void>;
  remove(): Promise<void>;
}

/** Superblock and options of the compressor. */
const HEAD = 4096;
const MAGIC = 0x73717368;
const INODE_TABLE = 64;

export async function keepTables(): Promise<Tables> {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-verify-'));
  const path = join(folder, 'rootfs.squashfs');
  const file = await open(path, 'wx');
  const head = Buffer.alloc(HEAD);
  let tables: number | undefined;
  return {
    file: path,
    async take(piece, offset) {
      if (offset < HEAD) {
        head.set(piece.subarray(0, HEAD - offset), offset);
        await file.write(piece.subarray(0, HEAD - offset), 0, undefined, offset);
        if (offset + piece.length >= HEAD) tables = tablesAt(head);
      }
      if (tables === undefined || offset + piece.length <= tables) return;
      const from = Math.max(0, tables - offset);
      await file.write(piece.subarray(from), 0, undefined, offset + from);
    },
    async remove() {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Undefined when it is no squashfs: what unsquashfs says of the head alone is the fault then. */
function tablesAt(head: Buffer): number | undefined {
  if (head.readUInt32LE(0) !== MAGIC) return undefined;
  const at = head.readBigUInt64LE(INODE_TABLE);
  return at >= HEAD && at <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(at) : HEAD;
}
