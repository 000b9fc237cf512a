import { access, constants } from 'node:fs/promises';

/** Whether something is at a path that this process may use so (access(2)); by itself: whether it is there. */
export function isPresent(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** The first of some paths at which something is. */
export async function firstPresent(
  paths: readonly string[],
  mode: number = constants.F_OK,
): Promise<string | undefined> {
  for (const path of paths) if (await isPresent(path, mode)) return path;
  return undefined;
}
