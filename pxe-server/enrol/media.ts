import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { Store } from '../store/database.ts';

const DAY_MS = 24 * 3600_000;

interface Parts {
  store: Store;
  registry: Registry;
  now: () => Date;
}

/**
 * A token for a medium that knows one host. It lies there for as long as the medium is used, and each boot of the
 * machine registers with it; whatever earlier media of the host had is good no more.
 */
export async function mintForMedium(
  { store, registry, now }: Parts,
  host: Host,
  days: number,
): Promise<{ token: string; expiresAt: string }> {
  const token = randomToken();
  const expiresAt = new Date(now().getTime() + days * DAY_MS).toISOString();
  const row = { hash: sha256(token), purpose: 'medium' as const, hostId: host.id, mac: null, expiresAt };
  await store.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('tokens')
      .set({ revoked: 1 })
      .where('hostId', '=', host.id)
      .where('purpose', '=', 'medium')
      .execute();
    const fresh = { publicKey: null, claimedAt: null, revoked: 0 };
    await transaction
      .insertInto('tokens')
      .values({ ...row, ...fresh })
      .execute();
  });
  await registry.note(host, 'token', 'notice', `a token for its medium was made, good until ${expiresAt}`);
  return { token, expiresAt };
}
