import { z } from 'zod';
import { Mac, SmbiosText } from './fields.ts';
import { Modalias } from './fleet.ts';

export const Disk = z.strictObject({
  name: z.string().max(64),
  /** Bytes. */
  size: z.number().int().nonnegative(),
  model: SmbiosText,
  serial: SmbiosText,
  rotational: z.boolean(),
  /** As udev writes it: "0x5000c500a1b2c3d4", "eui.0025385b11b12345". Older agents send none; so below. */
  wwn: SmbiosText.default(''),
  /** As lsblk(8) names it: nvme, sata, sas, virtio, usb, fc, iscsi. */
  transport: z
    .string()
    .regex(/^[a-z]{0,16}$/)
    .default(''),
  /** Its place on the bus, as in /dev/disk/by-path: "pci-0000:00:1f.2-ata-1". */
  path: SmbiosText.default(''),
});

export const Nic = z.strictObject({
  name: z.string().max(64),
  mac: Mac,
  driver: z.string().max(64),
  /** PCI vendor and device, "8086:100e", or empty for devices that are not on PCI. */
  pci: z.string().regex(/^([0-9a-f]{4}:[0-9a-f]{4})?$/),
  /** True when the link has a carrier. */
  link: z.boolean(),
});

/** What the agent found in the machine it runs on. Unknown texts are empty strings. */
export const Inventory = z.strictObject({
  uuid: SmbiosText,
  serial: SmbiosText,
  vendor: SmbiosText,
  product: SmbiosText,
  firmware: z.enum(['bios', 'uefi']),
  secureBoot: z.boolean(),
  cpu: z.strictObject({
    model: SmbiosText,
    count: z.int().positive().max(65536),
    flags: z.array(z.string().max(32)).max(1024),
  }),
  /** MiB. */
  memory: z.int().nonnegative(),
  kvm: z.boolean(),
  disks: z.array(Disk).max(4096),
  nics: z.array(Nic).max(1024),
  /** Addresses of the host, without prefix length, the one that reaches the server first. */
  addresses: z.array(z.union([z.ipv4(), z.ipv6()])).max(256),
  /** What the kernel calls its devices, each once: which drivers the machine needs. Older agents send none. */
  modaliases: z.array(Modalias).max(8192).default([]),
  kernel: z.string().max(128),
  /** Image id from /etc/rackhand/image.json. */
  image: z.string().max(64),
  agent: z.string().max(32),
});
export type Inventory = z.infer<typeof Inventory>;
