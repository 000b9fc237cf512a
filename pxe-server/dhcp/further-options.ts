import { z } from 'zod';
import { ipv4Number, type Network, parseCidr } from '../net/ipv4.ts';
import { Option, uint32 } from './options.ts';

/** What a subnet tells beyond the everyday: routes, search domains, MTU, and options as bytes. Pure. */

export const Route = z.strictObject({
  /** "192.0.2.0/24"; "0.0.0.0/0" is the default route. */
  to: z.string().refine((text) => parseCidr(text) !== undefined, 'expected NETWORK/PREFIX without host bits'),
  via: z.ipv4(),
});
export type Route = z.infer<typeof Route>;

/**
 * Codes that are refused as raw options: those that the configuration has a key for, those that the protocol or a boot
 * answer sets, those that only clients send, and the two that are no options.
 */
const REFUSED: ReadonlyMap<number, string> = new Map([
  ...told('has a key of its own', [
    [Option.router, 'router'],
    [Option.dns, 'dns'],
    [Option.domain, 'domain'],
    [Option.mtu, 'mtu'],
    [Option.ntp, 'ntp'],
    [Option.leaseTime, 'leaseSeconds'],
    [Option.domainSearch, 'search'],
    [Option.classlessRoutes, 'routes'],
  ]),
  ...[Option.subnetMask, Option.overload, Option.messageType, Option.serverIdentifier, Option.message].map(
    byServer,
  ),
  ...[Option.renewal, Option.rebinding, Option.relayAgent].map(byServer),
  ...[Option.vendorClass, Option.vendorSpecific, Option.tftpServerName, Option.bootFileName].map(byBoot),
  ...[Option.ipxe].map(byBoot),
  ...[Option.requestedAddress, Option.parameterList, Option.maxMessageSize, Option.clientIdentifier].map(
    byClient,
  ),
  ...[Option.userClass, Option.clientArchitecture, Option.clientInterface, Option.clientUuid].map(byClient),
]);

/** One option as bytes: in hexadecimal, or as text without a NUL at its end (RFC 2132 section 2). */
export const FurtherOption = z
  .strictObject({
    code: z.int().min(1).max(254),
    hex: z
      .string()
      .regex(/^([0-9a-f]{2})*$/i, 'expected pairs of hexadecimal digits')
      .max(1020)
      .optional(),
    text: z
      .string()
      .regex(/^[\x20-\x7e]{1,510}$/, 'expected plain ASCII')
      .optional(),
  })
  .check(({ value, issues }) => {
    const complain = (message: string, ...path: string[]) =>
      issues.push({ code: 'custom', input: value, message, path });
    const why = REFUSED.get(value.code);
    if (why !== undefined) complain(`option ${value.code} ${why}`, 'code');
    if ((value.hex === undefined) === (value.text === undefined)) complain('expected either hex or text');
  });
export type FurtherOption = z.infer<typeof FurtherOption>;

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

export function isDomainName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

/**
 * Option 121 (RFC 3442): prefix length, the octets of the network that matter, the router. Clients that take it ignore
 * option 3, so the default route goes along unless the routes have one.
 */
export function classlessRoutes(routes: readonly Route[], router: number | undefined): Buffer {
  const bounds = routes.map(({ to, via }) => ({ network: parseCidr(to) as Network, via: ipv4Number(via) }));
  const hasDefault = bounds.some(({ network }) => network.mask === 0);
  const byRouter = { network: { first: 0, last: 0xffffffff, mask: 0 }, via: router ?? 0 };
  return Buffer.concat(
    [...bounds, ...(router === undefined || hasDefault ? [] : [byRouter])].map(({ network, via }) => {
      const prefix = 32 - Math.round(Math.log2(network.last - network.first + 1));
      const significant = uint32(network.first).subarray(0, Math.ceil(prefix / 8));
      return Buffer.concat([Buffer.of(prefix), significant, uint32(via)]);
    }),
  );
}

/** Option 119 (RFC 3397): names as in DNS, without pointers, which a reader need not expect. */
export function domainSearch(domains: readonly string[]): Buffer {
  return Buffer.concat(
    domains.flatMap((domain) => [
      ...domain.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]),
      Buffer.of(0),
    ]),
  );
}

export function furtherBytes({ hex, text }: FurtherOption): Buffer {
  return hex === undefined ? Buffer.from(text ?? '', 'latin1') : Buffer.from(hex, 'hex');
}

function told(why: string, keys: [number, string][]): [number, string][] {
  return keys.map(([code, key]) => [code, `${why}: ${key}`]);
}

function byServer(code: number): [number, string] {
  return [code, 'belongs to the protocol: the server sets it'];
}

function byBoot(code: number): [number, string] {
  return [code, 'belongs to the boot answer: the server sets it'];
}

function byClient(code: number): [number, string] {
  return [code, 'is sent by clients'];
}
