import type { Tables } from '../store/database.ts';

export type TokenRow = Tables['tokens'];

export type Claim =
  | { kind: 'grant'; again: boolean }
  | {
      kind: 'refuse';
      code: 'token-unknown' | 'token-expired' | 'token-revoked' | 'token-foreign';
      message: string;
    }
  | { kind: 'contest'; message: string };

/**
 * How long after its claim a token still answers the key that claimed it (a lost answer), milliseconds. While
 * the host waits for approval each time that it asks counts as a claim.
 */
const REPEAT_MS = 60 * 60_000;

/**
 * What a token is worth for the machine that presents it: bound to the first key that claims it; the same
 * key may ask again, another key is a second claimant. `macs` are the presenter's own interfaces.
 */
export function judgeClaim(
  row: TokenRow | undefined,
  publicKey: string,
  macs: readonly string[],
  now: Date,
): Claim {
  if (!row || row.purpose === 'kickstart' || row.purpose === 'install') {
    return { kind: 'refuse', code: 'token-unknown', message: 'the token was not issued by this server' };
  }
  if (row.revoked) return { kind: 'refuse', code: 'token-revoked', message: 'the token was withdrawn' };
  if (row.mac !== null && !macs.includes(row.mac)) {
    return {
      kind: 'refuse',
      code: 'token-foreign',
      message: `the token belongs to the machine with MAC ${row.mac}`,
    };
  }
  if (row.purpose === 'medium') return judgeMedium(row, publicKey, now);
  if (!isGood(row, now)) {
    return { kind: 'refuse', code: 'token-expired', message: `the token was good until ${row.expiresAt}` };
  }
  if (row.publicKey !== null && row.publicKey !== publicKey) {
    return { kind: 'contest', message: 'the token was already claimed with another key' };
  }
  return { kind: 'grant', again: row.publicKey !== null };
}

/**
 * A medium stays in its machine, which makes a new key at each boot: until its day any key may claim. That the machine
 * before is gone is for the enrolment to see.
 */
function judgeMedium(row: TokenRow, publicKey: string, now: Date): Claim {
  if (Date.parse(row.expiresAt) > now.getTime()) return { kind: 'grant', again: row.publicKey === publicKey };
  const message = `the medium was good until ${row.expiresAt}`;
  return { kind: 'refuse', code: 'token-expired', message };
}

/** Good for the key that claimed it, or for any while none has: after that a second key proves nothing. */
function isGood(row: TokenRow, now: Date): boolean {
  if (row.claimedAt === null) return Date.parse(row.expiresAt) > now.getTime();
  return now.getTime() - Date.parse(row.claimedAt) <= REPEAT_MS;
}
