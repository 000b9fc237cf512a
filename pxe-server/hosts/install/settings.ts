import { z } from 'zod';
import { HostName, Slug } from '../../../builder/contract/fields.ts';
import { NetworkSettings } from './network.ts';
import { DiskRule, StorageSettings } from './storage.ts';
import { Address, PasswordHash, ProxyUrl, SourceUrl, SshKey, TimeZone, UserName } from './words.ts';

const User = z.strictObject({
  name: UserName.refine((name) => name !== 'root', 'root has a place of its own'),
  uid: z.int().min(1000).max(60_000).optional(),
  groups: z.array(UserName).max(32).default([]),
  passwordHash: PasswordHash.optional(),
  sshKeys: z.array(SshKey).max(64).default([]),
});

const Repository = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  url: SourceUrl,
});

const Script = z.strictObject({
  when: z.enum(['pre', 'pre-install', 'post']),
  /** In the installed system; of post alone. */
  chroot: z.boolean().default(true),
  /** The installation ends when the script fails. */
  mustSucceed: z.boolean().default(true),
  /** Shell; no line begins with %. */
  text: z
    .string()
    .min(1)
    .max(65_536)
    .refine((text) => !/^\s*%/m.test(text), 'a line begins with %: the section would end there')
    .refine((text) => !/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text), 'control characters'),
});

/** Where an installed host tells that it is there. */
const Manager = z.strictObject({
  /** https://ADDRESS:PORT of the registration endpoint. */
  url: z.string().regex(/^https:\/\/[0-9A-Za-z.:[\]-]+$/, 'expected https://ADDRESS:PORT'),
  /** SHA-256 of the certificate authority. */
  ca: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'),
});

/** What is wiped; only the template `wipe` looks at it, and it wipes nothing without it. */
const Wipe = z.strictObject({
  /** all, or rules as for an installation. */
  disks: z.union([z.literal('all'), z.array(DiskRule).min(1).max(16)]),
  /** signatures: nothing finds a file system any more; discard: the disk forgets; zero: every sector is written. */
  method: z.enum(['signatures', 'discard', 'zero']).default('signatures'),
  afterwards: z.enum(['poweroff', 'reboot']).default('poweroff'),
});

/** What a kickstart for a host says beyond its name and image. All of it may be left out. */
export const InstallSettings = z.strictObject({
  storage: StorageSettings.optional(),
  /** Absent: DHCP on the first interface with a link. */
  network: NetworkSettings.optional(),
  ntp: z
    .array(z.union([Address, HostName]))
    .max(8)
    .default([]),
  timezone: TimeZone.default('Etc/UTC'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}_[A-Z]{2}(\.UTF-8)?$/)
    .default('en_US.UTF-8'),
  keyboard: z
    .string()
    .regex(/^[a-z]{2,3}(-[a-z0-9-]{1,20})?$/)
    .default('us'),
  proxy: ProxyUrl.optional(),
  root: z
    .strictObject({ passwordHash: PasswordHash.optional(), sshKeys: z.array(SshKey).max(64).default([]) })
    .prefault({}),
  users: z.array(User).max(64).default([]),
  /** Absent: as the image or the packages have it; so for the firewall. */
  selinux: z.enum(['enforcing', 'permissive', 'disabled']).optional(),
  firewall: z
    .strictObject({
      enabled: z.boolean().default(true),
      services: z.array(Slug).max(64).default([]),
      ports: z
        .array(z.string().regex(/^\d{1,5}(-\d{1,5})?:(tcp|udp|sctp)$/))
        .max(128)
        .default([]),
    })
    .optional(),
  /** Consoles, the main one last: "ttyS0,115200". */
  consoles: z
    .array(z.string().regex(/^(tty|hvc|ttyS|ttyAMA)\d*(,\d{3,7}[noe]?\d?)?$/, 'expected ttyS0,115200'))
    .max(4)
    .default([]),
  /** Where packages come from; a template that installs packages needs it. */
  source: z
    .strictObject({ url: SourceUrl, repositories: z.array(Repository).max(16).default([]) })
    .optional(),
  packages: z
    .array(z.string().regex(/^(@\^?)?[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$/))
    .max(512)
    .default([]),
  /** self: this service. */
  manager: z.union([z.literal('self'), Manager]).optional(),
  scripts: z.array(Script).max(32).default([]),
  wipe: Wipe.optional(),
});
export type InstallSettings = z.infer<typeof InstallSettings>;
export type InstallSettingsInput = z.input<typeof InstallSettings>;
