import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

/** Grammars of what is said about an installation; each text that passes fits into one line. */

/** `192.0.2.10/24` */
export const Ipv4Prefix = z.string().refine((text) => {
  const [address, prefix, ...rest] = text.split('/');
  return rest.length === 0 && isIPv4(address!) && isNumber(prefix, 1, 32);
}, 'expected an IPv4 address with its prefix length, such as 192.0.2.10/24');

/** `2001:db8::10/64` */
export const Ipv6Prefix = z.string().refine((text) => {
  const [address, prefix, ...rest] = text.split('/');
  return rest.length === 0 && isIPv6(address!) && !address!.includes('%') && isNumber(prefix, 1, 128);
}, 'expected an IPv6 address with its prefix length, such as 2001:db8::10/64');

export const Address = z.union([z.ipv4(), z.ipv6()]);

/** Interface name as Linux takes it. */
export const InterfaceName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,14}$/,
    'expected an interface name of at most 15 letters, digits, - and _',
  );

export const UserName = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'expected a user name in lower case, at most 32 characters');

/** crypt(5), made by `openssl passwd -6`: never a plain password. */
export const PasswordHash = z
  .string()
  .max(256)
  .regex(/^\$(5|6|y|2[aby])\$[./0-9A-Za-z$=,]+$/, 'expected a hash: openssl passwd -6');

/** A line of authorized_keys, without options. */
export const SshKey = z
  .string()
  .max(8192)
  .regex(
    /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]{16,}={0,3}( [\x20-\x7e]*)?$/,
    'expected a public key: one line of an id_….pub file',
  );

/** http, https or ftp, without blanks, quotes or a password. */
export const SourceUrl = z
  .string()
  .max(1024)
  .regex(/^(https?|ftp):\/\/[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._~!$&()*+,;=:@%/?-]*)?$/, 'expected a URL');

export const ProxyUrl = z
  .string()
  .max(512)
  .regex(
    /^https?:\/\/([A-Za-z0-9._~%-]+(:[A-Za-z0-9._~%-]*)?@)?[A-Za-z0-9.:[\]-]+\/?$/,
    'expected http://HOST:PORT',
  );

/** Path from /, written plainly. */
export const MountPoint = z
  .string()
  .max(128)
  .regex(/^(\/|(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+)$/, 'expected a path from / without .. or blanks');

export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/, 'expected a time zone such as Etc/UTC');

function isNumber(text: string | undefined, least: number, most: number): boolean {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
