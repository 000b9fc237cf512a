import { expect, it } from 'vitest';
import { judgeClaim, type TokenRow } from '../../../pxe-server/enrol/claim.ts';

const row = (change: Partial<TokenRow> = {}): TokenRow => ({
  hash: 'h',
  purpose: 'register',
  hostId: 'h1',
  mac: null,
  expiresAt: '2026-01-01T00:20:00.000Z',
  publicKey: null,
  claimedAt: null,
  revoked: 0,
  ...change,
});
const claimed = { publicKey: 'k1', claimedAt: '2026-01-01T00:10:00.000Z' };

it.each([
  ['fresh', row(), 'k1', '00:10', { kind: 'grant', again: false }],
  ['wrong', undefined, 'k1', '00:10', { kind: 'refuse', code: 'token-unknown' }],
  ['of a kickstart', row({ purpose: 'kickstart' }), 'k1', '00:10', { kind: 'refuse', code: 'token-unknown' }],
  ['late', row(), 'k1', '00:20', { kind: 'refuse', code: 'token-expired' }],
  ['withdrawn', row({ revoked: 1 }), 'k1', '00:10', { kind: 'refuse', code: 'token-revoked' }],
  ['foreign', row({ mac: 'b' }), 'k1', '00:10', { kind: 'refuse', code: 'token-foreign' }],
  ['own', row({ mac: 'a' }), 'k1', '00:10', { kind: 'grant', again: false }],
  ['same key again', row(claimed), 'k1', '00:15', { kind: 'grant', again: true }],
  [
    'same key again, the answer was lost for long',
    row(claimed),
    'k1',
    '00:50',
    { kind: 'grant', again: true },
  ],
  ['same key again, far too late', row(claimed), 'k1', '02:00', { kind: 'refuse', code: 'token-expired' }],
  ['another key', row(claimed), 'k2', '00:15', { kind: 'contest' }],
  ['another key, as long as the first may ask', row(claimed), 'k2', '01:10', { kind: 'contest' }],
  ['another key, late', row(claimed), 'k2', '01:11', { kind: 'refuse', code: 'token-expired' }],
  [
    'another key, withdrawn',
    row({ ...claimed, revoked: 1 }),
    'k2',
    '00:15',
    { kind: 'refuse', code: 'token-revoked' },
  ],
])('%s', (_name, given, key, time, expected) => {
  expect(judgeClaim(given, key, ['a'], new Date(`2026-01-01T${time}:00.000Z`))).toMatchObject(expected);
});
