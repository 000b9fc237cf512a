import { stat } from 'node:fs/promises';
import { sha256File } from './ids.ts';

/**
 * SHA-256 of files, each read once as long as it stays as it is: under whatever name, of the same size, and not written
 * to since. It is what one process made and asks of again; what comes from elsewhere is read.
 */
export class FileDigests {
  readonly #known = new Map<string, Promise<string>>();

  /** Lower-case hex. Throws the system error when the file cannot be read. */
  async of(path: string): Promise<string> {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    const file = [dev, ino, size, mtimeNs].join();
    const known = this.#known.get(file);
    if (known) return known;
    const digest = sha256File(path);
    this.#known.set(file, digest);
    digest.catch(() => this.#known.delete(file));
    return digest;
  }
}
