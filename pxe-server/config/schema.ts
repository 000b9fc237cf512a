import { z } from 'zod';
import { KernelArgument, Slug } from '../../builder/contract/fields.ts';
import { DhcpMode, FurtherSubnet, Subnet } from '../dhcp/schema.ts';
import { Ipv6 } from '../dhcp6/schema.ts';
import { RELEASES } from '../kickstart/releases.ts';
import { parseCidr } from '../net/ipv4.ts';
import { Bandwidth } from './bandwidth.ts';

const Port = z.int().min(1).max(65535);
const FilePath = z.string().startsWith('/', 'expected an absolute path');

/** Kernel and initramfs of an installation medium, and what they are told: where the rest of the medium is. */
export const Installer = z.strictObject({
  kernel: FilePath,
  initramfs: FilePath,
  kernelArguments: z.array(KernelArgument).max(64).default([]),
  /** Whose installer it is: a kickstart that it would not take is not served. */
  release: z.enum(RELEASES).optional(),
});

export const ProvisioningInterface = z.strictObject({
  /** Network interface, "eno1"; DHCP stays off until one is named here. */
  name: z.string().regex(/^[A-Za-z0-9._@-]{1,15}$/, 'expected an interface name'),
  /** Our own address on it, as machines reach us. */
  address: z.ipv4(),
  /** The network of this interface. */
  subnet: Subnet.optional(),
  /** Absent: authoritative where there is a subnet, else off. */
  dhcp: DhcpMode.optional(),
  /** Give IPv6 addresses on it, and let machines boot by IPv6. */
  ipv6: Ipv6.optional(),
  /** auto: machines are told which IPv6 addresses there are, or that there are none; off: they are told nothing. */
  routerAdvertisement: z.enum(['auto', 'off']).default('auto'),
});
export type ProvisioningInterface = z.infer<typeof ProvisioningInterface>;

/** What DHCP does on an interface. */
export function dhcpMode({ dhcp, subnet }: Pick<ProvisioningInterface, 'dhcp' | 'subnet'>): DhcpMode {
  return dhcp ?? (subnet ? 'authoritative' : 'off');
}

const SubnetBandwidth = z.strictObject({
  cidr: z
    .string()
    .refine((text) => parseCidr(text) !== undefined, 'expected NETWORK/PREFIX, such as 10.7.0.0/22'),
  bandwidth: Bandwidth,
});

export const Configuration = z.strictObject({
  /** Folder of databases, keys and the first API token. */
  state: z.string().startsWith('/', 'expected an absolute path'),
  /** Unprivileged accounts: roles that meet the network, and the key holder. */
  user: z.string().default('rackhand'),
  keysUser: z.string().default('rackhand-keys'),
  images: z.strictObject({
    catalog: z.string().startsWith('/', 'expected an absolute path'),
    /** Image id, tag or recipe name for hosts that name none. */
    default: z.string().optional(),
  }),
  provisioning: z.strictObject({
    interfaces: z.array(ProvisioningInterface).min(1),
    /** Networks behind relays, and further ones on the links of interfaces. */
    subnets: z.array(FurtherSubnet).max(1024).default([]),
    httpPort: Port.default(80),
    /** HTTP boot over TLS too; with the site's own certificate, else one of the service's CA. */
    httpsBoot: z
      .strictObject({
        port: Port.default(443),
        certificate: FilePath.optional(),
        key: FilePath.optional(),
      })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        error: 'certificate and key go together',
      })
      .optional(),
    /** nginx on this machine listens at httpPort, asks us at this port of our addresses, and sends images itself. */
    nginx: z.strictObject({ port: Port.default(8081) }).optional(),
    httpsPort: Port.default(8443),
    tftpPort: Port.default(69),
    /** Where installers send their syslog to, by UDP and TCP; absent: nowhere. */
    syslogPort: Port.optional(),
    /** What goes out over all interfaces together; absent: measured once it is exhausted. */
    bandwidth: Bandwidth.optional(),
    /** What each rack's own line carries, for hosts whose rack is declared. */
    rackBandwidth: Bandwidth.optional(),
    /** What the lines to networks carry, such as those behind a relay. */
    subnetBandwidth: z.array(SubnetBandwidth).max(1024).default([]),
  }),
  api: z
    .strictObject({ address: z.ipv4().default('127.0.0.1'), port: Port.default(8080) })
    .default({ address: '127.0.0.1', port: 8080 }),
  /** Folder of the site's own kickstart templates (NAME.ks.njk); the shipped ones are always there. */
  kickstarts: z.string().startsWith('/').optional(),
  /** What hosts with a kickstart boot, by name. */
  installers: z.record(Slug, Installer).default({}),
  /** Firmware that starts signed loaders only; a host's own setting goes before the default. */
  secureBoot: z
    .strictObject({
      default: z.boolean().default(false),
      /** shim and the distribution's signed GRUB for network boot, where they are not in the usual places. */
      shim: FilePath.optional(),
      grub: FilePath.optional(),
    })
    .default({ default: false }),
  /** Public keys that installed hosts accept for root; one line each. */
  sshKeys: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [\x20-\x7e]*)?$/, 'expected a line of authorized_keys'),
    )
    .default([]),
  /** File with declared hosts (YAML or CSV), read at start. */
  hosts: z.string().startsWith('/').optional(),
  /** Machines that nobody declared: boot them for an inventory, or do not answer. */
  unknown: z.enum(['inventory', 'ignore']).default('inventory'),
  /** How much is kept of what anybody can make the service write; what is oldest goes first. */
  retention: z
    .strictObject({
      eventDays: z.int().min(1).max(3650).default(90),
      /** Number of events, whatever their age. */
      events: z.int().min(1000).max(100_000_000).default(1_000_000),
      /** Unknown machines that wait for approval. */
      pendingHosts: z.int().min(1).max(10_000).default(256),
    })
    .prefault({}),
  heartbeatSeconds: z.int().min(2).max(600).default(10),
  /** Minutes that a boot's token is good for. */
  tokenMinutes: z.int().min(1).max(120).default(20),
});
export type Configuration = z.infer<typeof Configuration>;
