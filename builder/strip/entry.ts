/** One entry of the root's file listing. */
export interface Entry {
  /** From the root of the image, without a leading slash. */
  path: string;
  kind: 'file' | 'directory' | 'link' | 'other';
  size: number;
  mode: number;
  /** Files with the same inode share it; 0 when there is one name only. */
  inode: number | bigint;
  /** Target of a link as written. */
  target?: string;
}

/** Path from the root that a link at `path` means; /lib and its like are links to /usr. */
export function resolveLink(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return usrPath(parts.join('/'));
}

/** bin/sh → usr/bin/sh: the merged layout has links there. */
export function usrPath(path: string): string {
  return path.replace(/^(bin|sbin|lib|lib64)\//, 'usr/$1/');
}
