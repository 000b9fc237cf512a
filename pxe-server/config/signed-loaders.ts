import { RackhandError } from '../../builder/shared/errors.ts';
import { findLoaders, SIGNED_LOADERS } from '../boot/loaders.ts';
import { SIGNED_MEND } from '../boot/offer.ts';
import { type Account, may, mustReach } from './account.ts';
import type { Configuration } from './schema.ts';

/**
 * Whether machines that start signed loaders only can boot here.
 * @param user account that will serve them, or undefined for our own
 * @throws RackhandError loader-absent | account-shut-out when the configuration wants them and they cannot
 */
export async function checkSignedLoaders(
  settings: Configuration['secureBoot'],
  user: Account | undefined,
  find = findLoaders,
): Promise<boolean> {
  const wanted = settings.default || settings.shim !== undefined || settings.grub !== undefined;
  const found = await find(settings);
  const absent = SIGNED_LOADERS.filter((name) => !found.has(name));
  if (wanted && absent.length > 0)
    throw new RackhandError('loader-absent', `Secure Boot needs ${absent.join(' and ')}`, SIGNED_MEND);
  if (absent.length > 0) return false;
  for (const path of user ? SIGNED_LOADERS.map((name) => found.get(name)!) : []) {
    if (wanted) await mustReach(user!, 'read', path, 'the loader');
    else if (!(await may(user!, '-r', path))) return false;
  }
  return true;
}
