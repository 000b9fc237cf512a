import { open } from 'node:fs/promises';

/** A file to send: in memory, or a path with the size that was promised. */
export type TftpFile = Buffer | { path: string; size: number };

/** Bytes of a file by offset; reads ahead in large pieces. */
export interface Source {
  size: number;
  /** May give fewer bytes only at the end. @throws when the file shrank or cannot be read */
  read(offset: number, length: number): Buffer | Promise<Buffer>;
  close(): Promise<void>;
}

const PIECE = 1 << 20;

export async function openSource(file: TftpFile): Promise<Source> {
  if (Buffer.isBuffer(file)) {
    return {
      size: file.length,
      read: (offset, length) => file.subarray(offset, offset + length),
      close: async () => {},
    };
  }
  const handle = await open(file.path, 'r');
  let start = 0;
  let piece: Buffer = Buffer.alloc(0);
  const fill = async (offset: number, length: number) => {
    const wanted = Math.min(Math.max(PIECE, length), file.size - offset);
    const bytes = Buffer.allocUnsafe(wanted);
    for (let have = 0; have < wanted; ) {
      const { bytesRead } = await handle.read(bytes, have, wanted - have, offset + have);
      if (bytesRead === 0) throw new Error(`${file.path} is shorter than ${file.size} bytes`);
      have += bytesRead;
    }
    start = offset;
    piece = bytes;
    return bytes.subarray(0, length);
  };
  return {
    size: file.size,
    read: (offset, asked) => {
      const length = Math.max(0, Math.min(asked, file.size - offset));
      if (offset >= start && offset + length <= start + piece.length)
        return piece.subarray(offset - start, offset - start + length);
      return fill(offset, length);
    },
    close: () => handle.close(),
  };
}
