import { z } from 'zod';

/** Field grammars shared by everything that crosses between builder, image and server. */

/** Lower-case hex SHA-256. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

/** 128 bits as 32 hex digits (one-time tokens). */
export const Token = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 lower-case hex digits');

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const MAC_EXPECTED = 'expected a MAC address such as 52:54:00:12:34:56';
const inPairs = (text: string) => text.toLowerCase().replaceAll('-', ':');

/** Ethernet address, written aa:bb:cc:dd:ee:ff; upper case and dashes are accepted and normalised. */
export const Mac = z.string().overwrite(inPairs).regex(MAC, MAC_EXPECTED);

/** The same for people, who copy it from switches (5254.0012.3456, 5254-0012-3456) and labels (525400123456) too. */
export const WrittenMac = z
  .string()
  .overwrite((text) => {
    const bare = /^[0-9a-f]{12}$|^[0-9a-f]{4}([.-])[0-9a-f]{4}\1[0-9a-f]{4}$/i.test(text);
    return inPairs(bare ? text.replace(/[.-]/g, '').replace(/..(?=.)/g, '$&:') : text);
  })
  .regex(MAC, MAC_EXPECTED);

/** A name that is safe in file names, URLs and kernel command lines. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected lower-case letters, digits, dot, dash, underscore');

/** A DNS host name (RFC 1123), at most 253 characters. */
export const HostName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    'expected a DNS name in lower case',
  );

/** One kernel argument: no blanks, quotes, control characters or anything a boot loader would expand. */
export const KernelArgument = z
  .string()
  .max(512)
  .regex(
    /^[A-Za-z0-9_.,:/@=+~%[\]-]+$/,
    'expected one kernel argument without blanks, quotes, $ or backslash',
  );

export const Ipv4 = z.ipv4();

export const PEM_CERTIFICATE = /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/;
export const PEM_REQUEST = /^-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----\s*$/;

/** SMBIOS text: firmware writes anything; printable ASCII of it is kept. */
export const SmbiosText = z
  .string()
  .max(128)
  .overwrite((text) => text.replace(/[^\x20-\x7e]/g, '').trim());
