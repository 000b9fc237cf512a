import { z } from 'zod';
import { HostName, KernelArgument, Slug, SmbiosText, WrittenMac } from '../../builder/contract/fields.ts';
import { Inventory } from '../../builder/contract/inventory.ts';
import { canonicalIpv6 } from '../net/ipv6.ts';
import { InstallSettings } from './install/settings.ts';

/**
 * Life of a host, from first DHCPDISCOVER until the manager says up. The transitions are in states.ts.
 *
 * declared     named by a person or a file; never seen
 * discovered   asked for an address or a boot file, no attempt running
 * pending      unknown machine: inventory only until a person approves it
 * booting      got a boot script that leads to its image
 * installing   fetched its kickstart; an installer sends no heartbeats and may take hours
 * installed    its installer said that it is done; it starts from its own disk
 * registering  agent presented its token; certificate being issued
 * probing      registered; the manager proves that it is a working hypervisor
 * up           the probe passed and heartbeats arrive
 * lost         heartbeats stopped
 * failed       the attempt ended with a reason
 * frozen       two claimants for one attempt; a person has to look
 */
export const HostState = z.enum([
  'declared',
  'discovered',
  'pending',
  'booting',
  'installing',
  'installed',
  'registering',
  'probing',
  'up',
  'lost',
  'failed',
  'frozen',
]);
export type HostState = z.infer<typeof HostState>;

/** For how many boots a host gets a token: none, the next one, or every one (live hosts). */
export const Arming = z.enum(['off', 'once', 'always']);
export type Arming = z.infer<typeof Arming>;

/** Fields with a default in a declaration; a patch must not bring the defaults along. */
const listed = {
  macs: z.array(WrittenMac).max(64),
  kernelArguments: z.array(KernelArgument).max(64),
  arm: Arming,
};

/** What a person or a file says of a host. */
export const HostDeclaration = z.strictObject({
  name: HostName,
  macs: listed.macs.default([]),
  serial: SmbiosText.optional(),
  uuid: z.string().toLowerCase().pipe(z.uuid()).optional(),
  /** Image id, id prefix, tag or recipe name; the configuration's default image when absent. */
  image: z.string().min(1).max(64).optional(),
  /** Kickstart template, "install" or "install.ks.njk": an installer boots, and installs the image by it. */
  kickstart: Slug.optional(),
  /** Of the configuration; may be left out when there is one only. */
  installer: Slug.optional(),
  /** Its firmware starts signed loaders only: shim and GRUB; the configuration's default when absent. */
  secureBoot: z.boolean().optional(),
  rack: z.string().min(1).max(64).optional(),
  unit: z.int().min(1).max(100).optional(),
  /** IPv4 address reserved for the host's first MAC. */
  address: z.ipv4().optional(),
  /** IPv6 address reserved for the machine of its first MAC. */
  address6: z.ipv6().overwrite(canonicalIpv6).optional(),
  kernelArguments: listed.kernelArguments.default([]),
  /** Disks, network, accounts and the rest of what a kickstart says. */
  install: InstallSettings.optional(),
  arm: listed.arm.default('off'),
});
export type HostDeclaration = z.infer<typeof HostDeclaration>;
const {
  name,
  serial,
  uuid,
  image,
  kickstart,
  installer,
  secureBoot,
  rack,
  unit,
  address,
  address6,
  install,
} = HostDeclaration.shape;
/** A change of a declaration: only what is named changes; null takes an optional field away (RFC 7396). */
export const HostPatch = z
  .strictObject({
    ...{ name, ...listed },
    ...{ serial: serial.nullable(), uuid: uuid.nullable(), address: address.nullable() },
    address6: address6.nullable(),
    ...{ image: image.nullable(), kickstart: kickstart.nullable() },
    ...{ installer: installer.nullable(), secureBoot: secureBoot.nullable() },
    ...{ rack: rack.nullable(), unit: unit.nullable(), install: install.nullable() },
  })
  .partial();
export type HostPatch = z.infer<typeof HostPatch>;

export type HostDeclarationInput = z.input<typeof HostDeclaration>;

export const Host = z.strictObject({
  id: z.string(),
  ...HostDeclaration.shape,
  name: z.string(),
  declared: z.boolean(),
  approved: z.boolean(),
  state: HostState,
  /** Why it is in this state, for people. */
  reason: z.string(),
  /** ISO times. */
  createdAt: z.string(),
  stateSince: z.string(),
  lastSeen: z.string().nullable(),
  inventory: Inventory.nullable(),
  certificateNotAfter: z.string().nullable(),
  /** SHA-256 of the public key that registered in the current boot. */
  publicKey: z.string().nullable(),
  /** Address at which the manager reaches the host. */
  managementAddress: z.string().nullable(),
  /** Ids of the images that its last boot scripts led to, newest first. */
  booted: z.array(z.string()).max(2).optional(),
  /** Identity of the declaration that a file gave last: the file counts again only when it changes. */
  declaredAs: z.string().optional(),
});
export type Host = z.infer<typeof Host>;
