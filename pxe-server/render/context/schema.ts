import { z } from 'zod';
import { PEM_CERTIFICATE } from '../../../builder/contract/fields.ts';
import { RELEASES } from '../../kickstart/releases.ts';
import { WORD } from '../template/shape.ts';

/**
 * What a kickstart template may use: the one place that says so. All members are always there; null is what a host
 * does not have. Texts that are words by their grammar need no quotes in a kickstart or a shell.
 */

/** No blank, quote, $, # or control character; neither - nor % in front. */
const Word = z
  .string()
  .regex(/^[A-Za-z0-9_./:@+~[][A-Za-z0-9_.,:/@+=~[\]-]*$/)
  .meta(WORD);
const Digits = z.string().regex(/^\d*$/).meta(WORD);

const DiskRule = z.strictObject({
  role: Word,
  count: z.int(),
  take: z.enum(['all', 'smallest', 'largest']),
  /** Bytes; "" stands for any, here and below. */
  min: Digits,
  max: Digits,
  transport: z
    .string()
    .regex(/^[a-z]*$/)
    .meta(WORD),
  /** As lsblk(8) has it: 1, 0. */
  rotational: Digits,
  /** Patterns of sh(1), in lower case. */
  model: z.string(),
  serial: z.string(),
  wwn: z.string(),
});

/** Disks are called @ROLE.N@ until %pre has found them. */
const Storage = z.strictObject({
  layout: z.enum(['thin', 'plain', 'auto']),
  rules: z.array(DiskRule),
  disks: z.array(Word),
  /** The installer adds what the firmware needs to boot. */
  firmwarePartitions: z.boolean(),
  partitions: z.array(
    z.strictObject({
      mountpoint: Word,
      disk: Word,
      fileSystem: Word.nullable(),
      sizeMiB: z.int(),
      grow: z.boolean(),
    }),
  ),
  raids: z.array(
    z.strictObject({
      mountpoint: Word,
      device: Word,
      level: Word,
      fileSystem: Word.nullable(),
      members: z.array(Word),
    }),
  ),
  group: z.strictObject({ name: Word, members: z.array(Word), reservedPercent: z.int() }).nullable(),
  pool: z.strictObject({ name: Word, sizeMiB: z.int() }).nullable(),
  volumes: z.array(
    z.strictObject({
      mountpoint: Word,
      name: Word,
      fileSystem: Word,
      sizeMiB: z.int(),
      grow: z.boolean(),
      thin: z.boolean(),
    }),
  ),
  bootDisk: Word,
});
export type StorageContext = z.infer<typeof Storage>;

/** One `network` line. */
const Device = z.strictObject({
  device: Word,
  bootproto: z.enum(['dhcp', 'static']).nullable(),
  ip: Word.nullable(),
  netmask: Word.nullable(),
  gateway: Word.nullable(),
  /** auto, dhcp or ADDRESS/PREFIX; null: no IPv6. */
  ipv6: Word.nullable(),
  ipv6gateway: Word.nullable(),
  bondPorts: Word.nullable(),
  bondOptions: Word.nullable(),
  vlan: z.int().nullable(),
  interfaceName: Word.nullable(),
  bridgePorts: Word.nullable(),
  bridgeOptions: Word.nullable(),
  mtu: z.int().nullable(),
  nameservers: Word.nullable(),
  search: Word.nullable(),
  noDefaultRoute: z.boolean(),
});
export type DeviceContext = z.infer<typeof Device>;

const User = z.strictObject({
  name: Word,
  uid: z.int().nullable(),
  groups: Word.nullable(),
  passwordHash: z.string().nullable(),
  sshKeys: z.array(z.string()),
});

const Script = z.strictObject({ chroot: z.boolean(), mustSucceed: z.boolean(), text: z.string() });

export const KickstartContext = z.strictObject({
  /** Of the installer that reads the kickstart. */
  release: z.enum(RELEASES),
  host: z.strictObject({ id: Word, name: Word }),
  /** The live root that is installed: its address and its SHA-256. */
  image: z.strictObject({ id: Word, rootfs: Word, sha256: Word }),
  /** Public keys for root, lines of authorized_keys: the configuration's and the host's. */
  sshKeys: z.array(z.string()),
  rootPasswordHash: z.string().nullable(),
  users: z.array(User),
  /** For the installed system: the image's own, the host's, its consoles. */
  kernelArguments: z.string(),
  /** http://ADDRESS[:PORT] of the server, as the machine reaches it. */
  server: Word,
  /** Null: all disks are emptied, and the installer divides them. */
  storage: Storage.nullable(),
  network: z.array(Device),
  ntp: z.array(Word),
  timezone: Word,
  language: Word,
  keyboard: Word,
  proxy: z.string().nullable(),
  selinux: z.enum(['enforcing', 'permissive', 'disabled']).nullable(),
  firewall: z
    .strictObject({ enabled: z.boolean(), services: z.array(Word), ports: z.array(Word) })
    .nullable(),
  source: z
    .strictObject({ url: z.string(), repositories: z.array(z.strictObject({ name: Word, url: z.string() })) })
    .nullable(),
  packages: z.array(z.string()),
  /** Where the installed host registers. */
  manager: z.strictObject({ url: Word, ca: Word, token: Word.nullable() }).nullable(),
  /** The site's own. */
  scripts: z.strictObject({ pre: z.array(Script), preInstall: z.array(Script), post: z.array(Script) }),
  wipe: z
    .strictObject({
      /** Null: all of them. */
      rules: z.array(DiskRule).nullable(),
      method: z.enum(['signatures', 'discard', 'zero']),
      afterwards: z.enum(['poweroff', 'reboot']),
    })
    .nullable(),
  /** Where scripts of the installer report to, with the authority that they know it by (PEM); null: nowhere. */
  callback: z.strictObject({ url: Word, token: Word, ca: z.string().regex(PEM_CERTIFICATE) }).nullable(),
});
export type KickstartContext = z.infer<typeof KickstartContext>;
