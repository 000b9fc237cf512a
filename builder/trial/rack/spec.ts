import { z } from 'zod';
import { HostName } from '../../contract/fields.ts';
import { RackhandError } from '../../shared/errors.ts';

export const Firmware = z.enum(['bios', 'uefi', 'uefi-secure']);
export type Firmware = z.infer<typeof Firmware>;

/** One machine of the virtual rack. */
export const NodeSpec = z.strictObject({
  name: HostName.max(40),
  firmware: Firmware,
  /** MiB. */
  memory: z.int().min(64).max(1_048_576).default(2560),
  /**
   * One by default: emulated CPUs of one machine spin while the other, which they wait for, has no turn. On a
   * machine with two cores, two nodes with two CPUs each need 2.4 times as long to come up as with one each.
   */
  cpus: z.int().min(1).max(64).default(1),
  nics: z.int().min(1).max(8).default(1),
  /** What the cards are, as QEMU names them. */
  card: z.enum(['virtio-net-pci', 'e1000e', 'ne2k_pci']).default('virtio-net-pci'),
  /** Size of the empty disk as qemu-img takes it; absent: no disk. */
  disk: z
    .string()
    .regex(/^\d+[MGT]$/, 'expected a size such as 8G')
    .optional(),
  /** SMBIOS serial. */
  serialNumber: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/)
    .optional(),
  /** ISO to boot from; without it the machine boots from the network. */
  iso: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** Raw disk image of a USB stick to boot from; what the machine writes to it stays. */
  usb: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** The firmware asks for HTTP Boot at once, where it would try PXE for two minutes before. */
  httpBoot: z.boolean().optional(),
  /** Has the port on which an image tells its health. */
  channel: z.boolean().optional(),
});
export type NodeSpec = z.input<typeof NodeSpec>;
export type CheckedNode = z.output<typeof NodeSpec>;

/** Node `index` (from 0) and port `nic` (from 0) of the rack: locally administered by QEMU's own prefix. */
export function macOf(index: number, nic: number): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return `52:54:00:4c:${hex(index + 1)}:${hex(nic)}`;
}

/** Fixed, so that a machine is the same one after the rack went down and up. */
export function uuidOf(index: number): string {
  return `7261636b-6861-4e64-8000-${(index + 1).toString(16).padStart(12, '0')}`;
}

/**
 * "name=web-1,firmware=uefi,memory=4096,nics=2,disk=8G" → a node.
 * @throws RackhandError node-invalid
 */
export function parseNode(text: string): CheckedNode {
  const given: Record<string, string | number> = {};
  for (const part of text.split(',')) {
    const [key, value] = [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)];
    given[key] = ['memory', 'cpus', 'nics'].includes(key) ? Number(value) : value;
  }
  const parsed = NodeSpec.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new RackhandError(
    'node-invalid',
    `${text}: ${issue.path.join('.') || 'node'}: ${issue.message}`,
    'write it as name=NAME,firmware=bios|uefi|uefi-secure[,memory=MIB][,cpus=N][,nics=N][,card=virtio-net-pci|e1000e|ne2k_pci][,disk=8G][,iso=/FILE]',
  );
}
