import { z } from 'zod';
import { HostName, Mac } from '../../../builder/contract/fields.ts';
import { Address, InterfaceName, Ipv4Prefix, Ipv6Prefix } from './words.ts';

const Addressing = {
  /** dhcp, none, or an address. Ports of bonds and bridges have none. */
  ipv4: z
    .union([z.enum(['dhcp', 'none']), z.strictObject({ address: Ipv4Prefix, gateway: z.ipv4().optional() })])
    .default('dhcp'),
  ipv6: z
    .union([
      z.enum(['auto', 'dhcp', 'none']),
      z.strictObject({ address: Ipv6Prefix, gateway: z.ipv6().optional() }),
    ])
    .default('auto'),
  mtu: z.int().min(68).max(65_535).optional(),
  dns: z.array(Address).max(8).default([]),
  /** Search domains; EL8's installer knows none. */
  search: z.array(HostName).max(8).default([]),
  /** No route of last resort over this device. */
  noDefaultRoute: z.boolean().default(false),
};

const Ethernet = z.strictObject({
  type: z.literal('ethernet'),
  /** By name, by MAC, or as the first one with a link: link. */
  device: z.union([z.literal('link'), z.literal('bootif'), Mac, InterfaceName]),
  ...Addressing,
});
const Bond = z.strictObject({
  type: z.literal('bond'),
  name: InterfaceName,
  ports: z.array(InterfaceName).min(1).max(16),
  mode: z
    .enum([
      '802.3ad',
      'active-backup',
      'balance-xor',
      'balance-rr',
      'broadcast',
      'balance-tlb',
      'balance-alb',
    ])
    .default('802.3ad'),
  lacpRate: z.enum(['slow', 'fast']).default('fast'),
  hash: z.enum(['layer2', 'layer2+3', 'layer3+4']).default('layer3+4'),
  /** Milliseconds between looks at the links. */
  miimon: z.int().min(1).max(10_000).default(100),
  ...Addressing,
});
const Vlan = z.strictObject({
  type: z.literal('vlan'),
  /** On which device. */
  over: InterfaceName,
  id: z.int().min(1).max(4094),
  /** Absent: OVER.ID */
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/)
    .optional(),
  ...Addressing,
});
const Bridge = z.strictObject({
  type: z.literal('bridge'),
  name: InterfaceName,
  ports: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/))
    .min(1)
    .max(16),
  stp: z.boolean().default(false),
  ...Addressing,
});

export const NetworkDevice = z.discriminatedUnion('type', [Ethernet, Bond, Vlan, Bridge]);
export type NetworkDevice = z.infer<typeof NetworkDevice>;

/** In the order in which they are made: what others are made of comes first. */
export const NetworkSettings = z
  .array(NetworkDevice)
  .max(64)
  .check(({ value, issues }) => {
    for (const { message, path } of networkFaults(value))
      issues.push({ code: 'custom', input: value, message, path });
  });

/** Name by which others use a device. */
export function deviceName(device: NetworkDevice): string {
  if (device.type === 'ethernet') return device.device;
  return device.type === 'vlan' ? (device.name ?? `${device.over}.${device.id}`) : device.name;
}

function networkFaults(devices: readonly NetworkDevice[]): { message: string; path: (string | number)[] }[] {
  const found: { message: string; path: (string | number)[] }[] = [];
  const owner = new Map<string, string>();
  const made = new Map<string, number>();
  for (const [i, device] of devices.entries()) {
    const name = deviceName(device);
    if (made.has(name)) found.push({ message: `${name} is there twice`, path: [i] });
    made.set(name, i);
    if (name.length > 15 && device.type !== 'ethernet')
      found.push({ message: `${name} has more than 15 characters: give it a name`, path: [i, 'name'] });
    for (const port of 'ports' in device ? device.ports : []) {
      const other = owner.get(port);
      if (other !== undefined || port === name)
        found.push({ message: `${port} belongs to ${other ?? name} already`, path: [i, 'ports'] });
      owner.set(port, name);
    }
  }
  for (const [i, device] of devices.entries()) {
    const needs = device.type === 'vlan' ? [device.over] : 'ports' in device ? device.ports : [];
    for (const need of needs)
      if ((made.get(need) ?? -1) > i)
        found.push({ message: `${need} has to come before ${deviceName(device)}`, path: [i] });
    const addressed = device.ipv4 !== 'none' || device.ipv6 !== 'none';
    const user = owner.get(deviceName(device));
    if (user !== undefined && addressed)
      found.push({ message: `a port of ${user} has no address: ipv4: none, ipv6: none`, path: [i, 'ipv4'] });
  }
  return found;
}
