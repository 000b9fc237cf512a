import { sign, verify } from 'node:crypto';
import { type Envelope, PAYLOAD_TYPE, type Provenance } from '../contract/provenance.ts';
import { keyId, type PublicKey, type Signer } from './signature.ts';

/** The text of an envelope around a statement; without a signer it has no signatures. */
export function sealEnvelope(provenance: Provenance, signer: Signer | undefined): string {
  const payload = Buffer.from(JSON.stringify(provenance));
  const envelope: Envelope = {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: signer
      ? [{ keyid: keyId(signer), sig: sign(null, encode(payload), signer.secret).toString('base64') }]
      : [],
  };
  return `${JSON.stringify(envelope)}\n`;
}

/** Whether this key signed the envelope. */
export function isSealedBy({ payload, signatures }: Envelope, key: PublicKey): boolean {
  const signed = encode(Buffer.from(payload, 'base64'));
  return signatures.some(
    ({ keyid, sig }) => keyid === keyId(key) && verify(null, signed, key.key, Buffer.from(sig, 'base64')),
  );
}

/** DSSE's pre-authentication encoding (protocol.md): what is signed is neither the JSON nor its base64. */
export function encode(payload: Uint8Array, type: string = PAYLOAD_TYPE): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);
}
