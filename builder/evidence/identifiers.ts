import { createHash } from 'node:crypto';
import type { Distribution, InstalledPackage } from './packages.ts';

/** Names by which scanners know a package, and documents are told apart. */

/** Package URL, type rpm: pkg:rpm/rocky/bash@5.1.8-9.el9?arch=x86_64&distro=rocky-9.5 */
export function purl(one: InstalledPackage, distribution: Distribution | undefined): string {
  const { name, epoch, version, release, arch } = one;
  const vendor = distribution ? `${encode(distribution.id)}/` : '';
  const qualifiers = [
    `arch=${encode(arch)}`,
    ...(distribution ? [`distro=${encode(`${distribution.id}-${distribution.version}`)}`] : []),
    ...(epoch > 0 ? [`epoch=${epoch}`] : []),
  ];
  return `pkg:rpm/${vendor}${encode(name)}@${encode(`${version}-${release}`)}?${qualifiers.join('&')}`;
}

/** encodeURIComponent leaves what purl's grammar wants escaped as well. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Name-based UUID, version 5 (RFC 9562 section 5.5), in the name space of URLs. */
export function uuid(name: string): string {
  const space = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
  const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
