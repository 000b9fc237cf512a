import { describe, expect, it } from 'vitest';
import { SignatureReport, signatureLine, signatureReport } from '../../../builder/evidence/unsigned.ts';
import { installed } from './fixture.ts';

const by = (keyId: string) => ({ signature: { algorithm: 'RSA/SHA256', keyId } });
const [ONE, TWO] = ['702d426d350d275d', '199e2f91fd431d51'] as [string, string];
const KEYS = [{ id: '350d275d', owner: 'Rocky' }];
const nevra = (name: string) => `${name}-0:1~rc1-2.el9+5.x86_64`;

describe('who signed what', () => {
  it('is counted for each key, with its owner where the root knows the key', () => {
    const packages = [installed('a', by(ONE)), installed('b', by(TWO)), installed('c', by(ONE))];
    const report = signatureReport({ packages, keys: KEYS });
    expect(report).toEqual({
      ...{ schema: 1, packages: 3, unsigned: [] },
      keys: [
        { id: TWO, packages: 1 },
        { id: ONE, owner: 'Rocky', packages: 2 },
      ],
    });
    expect(SignatureReport.parse(report)).toEqual(report);
    expect(signatureLine(report)).toBe(`3 packages, each signed: ${TWO}, Rocky (${ONE})`);
  });
  it('knows a key by its whole fingerprint too', () => {
    const keys = [{ id: `21CB256AE16FC54C6E652949${ONE.toUpperCase()}`, owner: 'Rocky' }];
    const { keys: found } = signatureReport({ packages: [installed('a', by(ONE))], keys });
    expect(found).toEqual([{ id: ONE, owner: 'Rocky', packages: 1 }]);
  });
  it('is shouted when nobody signed, with a few names', () => {
    const packages = [...'abcdefg'].map((name) => installed(name, name === 'g' ? by(ONE) : {}));
    const report = signatureReport({ packages, keys: KEYS });
    expect(report.unsigned).toEqual([...'abcdef'].map(nevra));
    const shown = [...'abcde'].map(nevra).join(', ');
    expect(signatureLine(report)).toBe(
      `UNSIGNED: 6 of 7 packages: ${shown} and 1 more; the others by Rocky (${ONE})`,
    );
    const none = signatureReport({ packages: [installed('a')], keys: [] });
    expect(signatureLine(none)).toBe(`UNSIGNED: 1 of 1 packages: ${nevra('a')}`);
  });
});
