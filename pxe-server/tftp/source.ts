import { closeSync, openSync } from 'node:fs';
import * as c from '../net/libc.ts';
import { netascii } from './netascii.ts';

/** A file to send: in memory, or a path with the size that was promised. */
export type TftpFile = Uint8Array | { path: string; size: number };

/** Bytes of a file by offset. */
export interface Source {
  readonly size: number;
  /**
   * As many bytes as were asked for, fewer at the end alone; good until the next call of any source. `cold`: they come
   * from the disk first; ask again in some milliseconds.
   * @throws Error when the file shrank or cannot be read
   */
  read(offset: number, length: number): Uint8Array | 'cold';
  /**
   * The same straight to where the vectors (struct iovec) say, where a file can do that: whether all bytes came at once.
   * What hinders it tells `read`.
   */
  scatter?(offset: number, length: number, vectors: Buffer, count: number): boolean;
  close(): void;
}

/** Bytes that can be read at once: the largest block. */
const LARGEST_READ = 65_464;
/** Bytes: what is longer is no text that anybody reads at a console. */
const LONGEST_TEXT = 256 << 10;
/** Milliseconds of reading ahead after which the disk is waited for, so that its error is heard. */
const PATIENCE = 5000;

/** Opens files on one thread; reads into memory that all of them share. */
export class Sources {
  readonly #memory = c.fixedMemory(LARGEST_READ);
  readonly #vector = Buffer.alloc(16);

  constructor() {
    this.#vector.writeBigUInt64LE(this.#memory.address, 0);
  }

  /** @throws Error with the code of open(2); ENOTTEXT: too long for mode netascii */
  open(file: TftpFile, mode: 'octet' | 'netascii'): Source {
    // Text is read at once and whole, for it is short.
    const flags = mode === 'octet' ? c.RWF_NOWAIT : 0;
    const octets = file instanceof Uint8Array ? inMemory(file) : this.#onDisk(file, flags);
    return mode === 'octet' ? octets : asText(octets);
  }

  close(): void {
    this.#memory.release();
  }

  #onDisk({ path, size }: { path: string; size: number }, flags: number): Source {
    const fd = openSync(path, 'r');
    let coldSince: number | undefined;
    const readInto = (offset: number, length: number): Uint8Array | 'cold' => {
      for (let have = 0; have < length; ) {
        this.#vector.writeBigUInt64LE(this.#memory.address + BigInt(have), 0);
        this.#vector.writeBigUInt64LE(BigInt(length - have), 8);
        const read = c.preadv2(fd, this.#vector, 1, offset + have, flags);
        if (read === 0) throw new Error(`${path} is shorter than ${size} bytes`);
        if (read > 0) have += read;
        else {
          const errno = c.lastErrno();
          if (errno === 'EAGAIN' && flags !== 0) {
            c.fadvise(fd, offset, length, c.FADV_WILLNEED);
            return 'cold';
          }
          // Not every file system can tell whether it would wait.
          if (errno === 'EOPNOTSUPP' && flags !== 0) flags = 0;
          else if (errno !== 'EINTR') throw new Error(`${path}: ${errno}`);
        }
      }
      return this.#memory.bytes.subarray(0, length);
    };
    return {
      size,
      read(offset, asked) {
        const length = Math.max(0, Math.min(asked, LARGEST_READ, size - offset));
        const bytes = readInto(offset, length);
        if (bytes !== 'cold') {
          coldSince = undefined;
          return bytes;
        }
        coldSince ??= performance.now();
        if (performance.now() - coldSince < PATIENCE) return bytes;
        flags = 0;
        return readInto(offset, length);
      },
      scatter(offset, length, vectors, count) {
        if (c.preadv2(fd, vectors, count, offset, flags) !== length) return false;
        coldSince = undefined;
        return true;
      },
      close: () => closeSync(fd),
    };
  }
}

function inMemory(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => {},
  };
}

/** Read whole, since only then its size is known. */
function asText(source: Source): Source {
  try {
    if (source.size > LONGEST_TEXT) throw notText(source.size);
    const octets = Buffer.alloc(source.size);
    for (let have = 0; have < octets.length; ) {
      const part = source.read(have, LARGEST_READ) as Uint8Array;
      octets.set(part, have);
      have += part.length;
    }
    return inMemory(netascii(octets));
  } finally {
    source.close();
  }
}

function notText(size: number): Error {
  const message = `${size} bytes are too long for mode netascii; ask in mode octet`;
  return Object.assign(new Error(message), { code: 'ENOTTEXT' });
}
