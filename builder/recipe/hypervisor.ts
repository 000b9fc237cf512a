import { z } from 'zod';
import { HostName } from '../contract/fields.ts';

/** A server of time: a name or an address. */
const TimeServer = z.union([z.ipv4(), z.ipv6(), HostName]);

/** One line of authorized_keys (sshd(8)) without options: kind, key in base64, and what it is called. */
const SshKey = z
  .string()
  .max(2048)
  .regex(
    /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+={0,2}( [A-Za-z0-9_.@:+-]{1,128})?$/,
    'expected a public SSH key such as "ssh-ed25519 AAAA… name"',
  );

/** What a recipe may say about the hypervisor itself. */
export const HYPERVISOR_KEYS = {
  /** Enforcing needs the distribution's policy in the root; a recipe without one says so. */
  selinux: z.enum(['enforcing', 'permissive', 'disabled']).default('enforcing'),
  /** Where guests' screens (VNC, SPICE) listen. 0.0.0.0 also opens their ports in the firewall. */
  consoles: z
    .strictObject({
      listen: z.enum(['127.0.0.1', '0.0.0.0']).default('127.0.0.1'),
      /** auto: where the root's QEMU has it. */
      spice: z.enum(['auto', 'off']).default('auto'),
    })
    .default({ listen: '127.0.0.1', spice: 'auto' }),
  /** Taken from memory at boot, for guests that ask for them; 1 GiB pages cannot be found later. */
  hugepages: z
    .strictObject({
      size: z.enum(['2M', '1G']),
      count: z
        .int()
        .min(1)
        .max(1 << 20),
    })
    .optional(),
  /** Servers of time. Empty: those of the distribution. What DHCP names (option 42) comes on top. */
  ntp: z.array(TimeServer).default([]),
  /** Memory kept for a crash kernel, as in crashkernel=. Absent: no crash dumps. */
  kdump: z
    .string()
    .regex(/^[0-9]+[KMG]$/, 'expected a size such as 512M')
    .optional(),
  /** Who may log in as root. Without any, nobody may. */
  sshKeys: z.array(SshKey).default([]),
};
