import { expect, it } from 'vitest';
import { type Envelope, openEnvelope, timesOf } from '../../../builder/contract/provenance.ts';
import { encode, isSealedBy, sealEnvelope } from '../../../builder/evidence/envelope.ts';
import { provenance } from '../../shared/provenance.ts';
import { testSigner } from './signer.ts';

const signer = testSigner(1);
const STAGES = [{ stage: 'root', milliseconds: 9, sizeBefore: 0, sizeAfter: 1 }];
const statement = provenance('2026-01-01T00:00:00.000Z', STAGES);
const text = sealEnvelope(statement, signer);
const { envelope } = openEnvelope(text)!;

it('what is signed is the encoding of the DSSE protocol', () => {
  // The example of its protocol.md.
  expect(encode(Buffer.from('hello world'), 'http://example.com/HelloWorld').toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
  // Lengths are bytes.
  expect(encode(Buffer.from('ü')).toString()).toBe('DSSEv1 28 application/vnd.in-toto+json 2 ü');
});

it('an envelope gives its statement, and when and how fast the image was built', () => {
  const opened = openEnvelope(text)!;
  expect(opened.provenance).toEqual(statement);
  expect(timesOf(opened.provenance)).toEqual({ builtAt: '2026-01-01T00:00:00.000Z', stages: STAGES });
});

it('without a signer it has no signature, and nobody sealed it', () => {
  const unsigned = openEnvelope(sealEnvelope(statement, undefined))!;
  expect(unsigned.envelope.signatures).toEqual([]);
  expect(isSealedBy(unsigned.envelope, signer)).toBe(false);
});

const other = JSON.stringify(provenance('2026-01-02T00:00:00.000Z'));
const [{ sig }] = envelope.signatures as [Envelope['signatures'][number]];
const strange = openEnvelope(sealEnvelope(statement, testSigner(2)))!.envelope.signatures;
it.each<[what: string, change: Partial<Envelope>, sealed: boolean]>([
  ['as it was made', {}, true],
  ['beside one of a stranger', { signatures: [...strange, ...envelope.signatures] }, true],
  ['with another statement', { payload: Buffer.from(other).toString('base64') }, false],
  ['by a stranger', { signatures: strange }, false],
  [
    'by a stranger under our name',
    { signatures: [{ ...envelope.signatures[0]!, sig: strange[0]!.sig }] },
    false,
  ],
  ['under the name of another key', { signatures: [{ keyid: 'other', sig }] }, false],
  ['cut off', { signatures: [{ ...envelope.signatures[0]!, sig: 'AAAA' }] }, false],
])('%s', (_, change, sealed) => {
  expect(isSealedBy({ ...envelope, ...change }, signer)).toBe(sealed);
});

it.each(['', '{}', 'null', text.slice(1), JSON.stringify({ ...envelope, payloadType: 'text/plain' })])(
  '%.40j is no envelope of ours',
  (wrong) => expect(openEnvelope(wrong)).toBeUndefined(),
);
