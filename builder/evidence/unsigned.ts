import { z } from 'zod';
import { nevra } from '../root/parse.ts';
import type { Installed, SigningKey } from './packages.ts';

/** Which packages nobody signed, and who signed the others: `unsigned-packages.json`. Pure. */
export const SignatureReport = z.strictObject({
  schema: z.literal(1),
  packages: z.int().nonnegative(),
  /** "name-epoch:version-release.arch" */
  unsigned: z.array(z.string()),
  keys: z.array(
    z.strictObject({
      /** 16 hex digits. */
      id: z.string(),
      /** As the key in the root's package database says; absent when it is not there. */
      owner: z.string().optional(),
      packages: z.int().positive(),
    }),
  ),
});
export type SignatureReport = z.infer<typeof SignatureReport>;

export function signatureReport({ packages, keys }: Pick<Installed, 'packages' | 'keys'>): SignatureReport {
  const counts = new Map<string, number>();
  for (const { signature } of packages)
    if (signature) counts.set(signature.keyId, (counts.get(signature.keyId) ?? 0) + 1);
  return {
    schema: 1,
    packages: packages.length,
    unsigned: packages.filter(({ signature }) => signature === undefined).map(nevra),
    keys: [...counts].sort().map(([id, count]) => {
      const key = keys.find((one) => isThis(one, id));
      return { id, ...(key ? { owner: key.owner } : {}), packages: count };
    }),
  };
}

/** A signature names the last 16 digits of a fingerprint; the database names 8 of them or the whole. */
function isThis(key: SigningKey, id: string): boolean {
  return id.endsWith(key.id.toLowerCase()) || key.id.toLowerCase().endsWith(id);
}

const SHOWN = 5;

/** One line for people. */
export function signatureLine({ packages, unsigned, keys }: SignatureReport): string {
  const by = keys.map(({ id, owner }) => (owner === undefined ? id : `${owner} (${id})`)).join(', ');
  if (unsigned.length === 0) return `${packages} packages, each signed: ${by}`;
  const names = unsigned.slice(0, SHOWN).join(', ');
  const more = unsigned.length > SHOWN ? ` and ${unsigned.length - SHOWN} more` : '';
  const rest = keys.length === 0 ? '' : `; the others by ${by}`;
  return `UNSIGNED: ${unsigned.length} of ${packages} packages: ${names}${more}${rest}`;
}
