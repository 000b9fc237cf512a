import { readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import type { Include } from './reader.ts';

/**
 * %include of files in a folder of the server and of nothing else. What is written as a URL or from / is the
 * installer's own to find: a file that %pre writes, a share.
 */
export function ownFiles(folder: string): Include {
  const root = realpathSync(resolve(folder));
  return (name) => {
    if (isAbsolute(name) || /^[a-z][a-z0-9+.-]*:/i.test(name)) return 'elsewhere';
    try {
      const path = realpathSync(join(root, name));
      const inside = relative(root, path);
      if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return 'absent';
      return { file: join(folder, inside), text: readFileSync(path, 'utf8') };
    } catch (cause) {
      if (['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'].includes(errno(cause) ?? ''))
        return 'absent';
      throw new RackhandError('include-broken', `cannot read ${name} in ${folder}`, 'look at the disk', {
        cause,
      });
    }
  };
}
