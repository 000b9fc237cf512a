/** A cpio archive in the "newc" form. */
export function cpio(members: { path: string; mode: number; content?: string; inode?: number }[]): Buffer {
  const all = [...members, { path: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.flatMap((member) => pieces(member)));
}

function pieces({
  path,
  mode,
  content = '',
  inode = 1,
}: {
  path: string;
  mode: number;
  content?: string;
  inode?: number;
}): Buffer[] {
  // inode, mode, uid, gid, links, time, size, device and special device (two numbers each), bytes of the name, sum
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [padded(Buffer.from(`${header}${path}\0`)), padded(Buffer.from(content))];
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
