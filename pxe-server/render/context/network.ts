import { RackhandError } from '../../../builder/shared/errors.ts';
import type { NetworkDevice } from '../../hosts/install/network.ts';
import type { Release } from '../../kickstart/releases.ts';
import { ipv4Text } from '../../net/ipv4.ts';
import type { DeviceContext } from './schema.ts';

const ANY: NetworkDevice = {
  ...{ type: 'ethernet', device: 'link', ipv4: 'dhcp', ipv6: 'auto' },
  ...{ dns: [], search: [], noDefaultRoute: false },
};

/** Devices as `network` lines, in their order. Pure. @throws RackhandError install-unfit */
export function networkContext(devices: readonly NetworkDevice[] = [ANY], release: Release): DeviceContext[] {
  return devices.map((device) => ({ ...addressing(device, release), ...kind(device) }));
}

type Kind = Pick<
  DeviceContext,
  'device' | 'bondPorts' | 'bondOptions' | 'vlan' | 'interfaceName' | 'bridgePorts' | 'bridgeOptions'
>;

const PLAIN = {
  ...{ bondPorts: null, bondOptions: null, vlan: null, interfaceName: null },
  ...{ bridgePorts: null, bridgeOptions: null },
};

function kind(device: NetworkDevice): Kind {
  switch (device.type) {
    case 'ethernet':
      return { ...PLAIN, device: device.device };
    case 'vlan':
      return { ...PLAIN, device: device.over, vlan: device.id, interfaceName: device.name ?? null };
    case 'bridge': {
      const bridgeOptions = `stp=${device.stp ? 'yes' : 'no'}`;
      return { ...PLAIN, device: device.name, bridgePorts: device.ports.join(','), bridgeOptions };
    }
    case 'bond': {
      const bondOptions = bondOptionsOf(device);
      return { ...PLAIN, device: device.name, bondPorts: device.ports.join(','), bondOptions };
    }
  }
}

/** The kernel refuses lacp_rate and a hash policy for modes that have none. */
function bondOptionsOf({ mode, miimon, lacpRate, hash }: Extract<NetworkDevice, { type: 'bond' }>): string {
  const hashes = ['802.3ad', 'balance-xor', 'balance-tlb'].includes(mode);
  return [
    ...[`mode=${mode}`, `miimon=${miimon}`],
    ...(mode === '802.3ad' ? [`lacp_rate=${lacpRate}`] : []),
    ...(hashes ? [`xmit_hash_policy=${hash}`] : []),
  ].join(',');
}

function addressing(device: NetworkDevice, release: Release): Omit<DeviceContext, keyof Kind> {
  const { ipv4, ipv6, mtu, dns, search, noDefaultRoute } = device;
  if (search.length > 0 && release === 'el8')
    throw new RackhandError(
      'install-unfit',
      `network: the installer of EL8 knows no search domains (${search.join(', ')})`,
      'take search away, and set them from a script of the site (post)',
    );
  const fixed = typeof ipv4 === 'object' ? ipv4 : undefined;
  const [ip = null, prefix] = fixed?.address.split('/') ?? [];
  return {
    bootproto: fixed ? 'static' : ipv4 === 'dhcp' ? 'dhcp' : null,
    ip,
    netmask: prefix === undefined ? null : ipv4Text((2 ** 32 - 2 ** (32 - Number(prefix))) >>> 0),
    gateway: fixed?.gateway ?? null,
    ipv6: typeof ipv6 === 'object' ? ipv6.address : ipv6 === 'none' ? null : ipv6,
    ipv6gateway: (typeof ipv6 === 'object' && ipv6.gateway) || null,
    mtu: mtu ?? null,
    nameservers: dns.join(',') || null,
    search: search.join(',') || null,
    noDefaultRoute,
  };
}
