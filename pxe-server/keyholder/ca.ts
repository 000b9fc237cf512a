import { randomBytes, webcrypto } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { x509 } from '../certificates/x509.ts';

/**
 * Three authorities, so that a certificate of one kind never passes for another: `service` signs the HTTPS
 * endpoint that agents talk to, `hosts` the hosts' libvirt server certificates, `clients` the managers'.
 */
export const AUTHORITIES = ['service', 'hosts', 'clients'] as const;
export type AuthorityName = (typeof AUTHORITIES)[number];

export interface Authority {
  readonly name: AuthorityName;
  readonly certificate: x509.X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

export interface CertificateOrder {
  publicKey: x509.PublicKey | webcrypto.CryptoKey;
  commonName: string;
  usage: 'server' | 'client';
  dns?: readonly string[];
  ip?: readonly string[];
  days: number;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1000;
/** Clocks of machines that just booted are wrong, mostly by a time zone. */
const BACKDATED = DAY;
const AUTHORITY_DAYS = 3650;
/** libvirt refuses a peer without keyEncipherment, which means nothing for EC keys but does no harm. */
const LEAF_USAGE = x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment;

/** Reads an authority from `folder/NAME-ca.pem` (key and certificate in one file, 0600), or makes it. */
export async function openAuthority(folder: string, name: AuthorityName): Promise<Authority> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const path = join(folder, `${name}-ca.pem`);
  return (await readAuthority(path, name)) ?? (await createAuthority(path, name));
}

async function readAuthority(path: string, name: AuthorityName): Promise<Authority | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (errno(cause) === 'ENOENT') return undefined;
    throw new RackhandError('ca-unreadable', `cannot read ${path}`, 'give the key holder access to it', {
      cause,
    });
  }
  try {
    const parts = x509.PemConverter.decodeWithHeaders(text);
    const key = parts.find((part) => part.type === 'PRIVATE KEY');
    const certificate = parts.find((part) => part.type === 'CERTIFICATE');
    if (!key || !certificate) throw new Error('key or certificate missing');
    const signingKey = await webcrypto.subtle.importKey('pkcs8', key.rawData, KEY, false, ['sign']);
    return { name, certificate: new x509.X509Certificate(certificate.rawData), signingKey };
  } catch (cause) {
    throw new RackhandError(
      'ca-damaged',
      `${path} does not hold a key and a certificate`,
      'restore it from a backup; a new authority means that every host has to boot again',
      { cause },
    );
  }
}

async function createAuthority(path: string, name: AuthorityName): Promise<Authority> {
  const keys = await newKeyPair();
  const { notBefore, notAfter } = lifetime(AUTHORITY_DAYS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [`Rackhand ${name} CA ${randomBytes(4).toString('hex')}`] }],
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeFileAtomic(
    path,
    `${await privateKeyPem(keys.privateKey)}\n${certificate.toString('pem')}\n`,
    0o600,
  );
  return { name, certificate, signingKey: keys.privateKey };
}

/** A leaf certificate. Names come from the caller, never from a request. */
export async function issue(authority: Authority, order: CertificateOrder): Promise<x509.X509Certificate> {
  const { notBefore, notAfter } = lifetime(order.days, authority.certificate.notAfter);
  const usage =
    order.usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const names = [
    ...(order.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(order.ip ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // ub-common-name (RFC 5280) is 64; longer names are in the subject alternative names in full
    subject: [{ CN: [order.commonName.slice(0, 64)] }],
    issuer: authority.certificate.subject,
    notBefore,
    notAfter,
    publicKey: order.publicKey,
    signingKey: authority.signingKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(LEAF_USAGE, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(order.publicKey),
    ],
  });
}

export function newKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

export async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function lifetime(days: number, latest?: Date): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  const end = now + days * DAY;
  return {
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(latest ? Math.min(end, latest.getTime()) : end),
  };
}

/** 126 random bits, positive and without a leading zero (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}
