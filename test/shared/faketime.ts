import { access, realpath } from 'node:fs/promises';

/** Debian's and EL's places of libfaketime. */
const PLACES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib64/faketime/libfaketime.so.1',
];

/** The library that shows programs another time (LD_PRELOAD). */
export async function faketime(): Promise<string> {
  for (const path of PLACES)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return realpath(path);
  throw new Error('no libfaketime: sh bin/setup.sh installs it');
}
