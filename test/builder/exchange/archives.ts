import { exportImage } from '../../../builder/exchange/export.ts';
import { END, memberHeader, padding } from '../../../builder/exchange/tar.ts';

/** An image of a catalog as an archive. */
export async function exported(catalog: string, id: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  await exportImage(catalog, id, async (bytes) => void parts.push(Buffer.from(bytes)));
  return Buffer.concat(parts);
}

/** An archive of files, by their names in the image's folder. */
export function pack(id: string, files: Iterable<readonly [string, Buffer]>): Buffer {
  const members = [...files].map(([file, bytes]) =>
    Buffer.concat([
      memberHeader({ name: `${id}/${file}`, size: bytes.length }),
      bytes,
      Buffer.alloc(padding(bytes.length)),
    ]),
  );
  return Buffer.concat([...members, END]);
}
