import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { KernelArgument, PEM_CERTIFICATE, Token } from '../contract/fields.ts';

/** What `rackhand images media --config` reads: all that one host's medium tells it. */

const Interface = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,14}$/, 'expected the name of an interface, such as eno1');

const Certificate = z
  .string()
  .max(32768)
  .regex(PEM_CERTIFICATE, 'expected certificates in PEM')
  .refine(isCertificate, { error: 'expected a certificate that can be read' });

const address = {
  /** "192.0.2.10/24", "2001:db8::10/64", or dhcp. */
  address: z.union([z.literal('dhcp'), z.cidrv4(), z.cidrv6()], {
    error: 'expected dhcp, or an address with prefix length such as 192.0.2.10/24',
  }),
  gateway: z.union([z.ipv4(), z.ipv6()], { error: 'expected an address' }).optional(),
};

const Plain = z.strictObject({
  interface: Interface,
  /** When given, the port with this address gets the name. */
  mac: z
    .string()
    .regex(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/, 'expected a MAC address such as 52:54:00:12:34:56')
    .optional(),
  ...address,
});

const Bond = z.strictObject({
  bond: Interface,
  interfaces: z.array(Interface).min(1).max(16),
  mode: z.enum(['active-backup', '802.3ad', 'balance-alb', 'balance-tlb', 'balance-xor']),
  /** Of the bonding driver, such as lacp_rate. */
  options: z.record(z.string().regex(/^[a-z_]{1,32}$/), z.string().regex(/^[a-z0-9+_-]{1,32}$/)).default({}),
  address: address.address.optional(),
  gateway: address.gateway,
});

const Vlan = z.strictObject({ vlan: z.int().min(1).max(4094), on: Interface, ...address });

/** Forms of an entry by the key that only it has. */
export const NetworkEntry = z.union([Plain, Bond, Vlan], {
  error: 'expected an entry with interface, bond or vlan (see docs/builder.md)',
});
export type NetworkEntry = z.infer<typeof NetworkEntry>;

export const HostConfig = z
  .strictObject({
    server: z
      .strictObject({
        /** Of the agents' endpoint. */
        address: z
          .string()
          .regex(/^[0-9A-Za-z.:[\]-]+:[0-9]{1,5}$/, 'expected ADDRESS:PORT, such as 192.0.2.1:8443'),
        /** The authority of the agents' endpoint. */
        certificate: Certificate,
        token: Token,
      })
      .optional(),
    images: z
      .strictObject({
        /** Where a network ISO finds /rootfs/SHA256. */
        address: z
          .string()
          .regex(
            /^https?:\/\/[0-9A-Za-z.:[\]-]+(\/[0-9A-Za-z._~-]+)*$/,
            'expected an address such as http://192.0.2.1',
          ),
        /** Authorities of an HTTPS server that the image's distribution does not know. */
        certificate: Certificate.optional(),
      })
      .optional(),
    network: z.array(NetworkEntry).max(64).default([]),
    dns: z
      .array(z.union([z.ipv4(), z.ipv6()]))
      .max(3)
      .default([]),
    kernelArguments: z.array(KernelArgument).max(64).default([]),
  })
  .refine(
    ({ server, images, network, kernelArguments }) =>
      server || images || network.length > 0 || kernelArguments.length > 0,
    {
      error: 'says nothing: expected server, images, network or kernelArguments',
    },
  );
export type HostConfig = z.infer<typeof HostConfig>;

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}
