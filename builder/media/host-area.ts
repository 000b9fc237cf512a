import { X509Certificate } from 'node:crypto';
import { sha256 } from '../shared/ids.ts';
import { renderArea } from './area.ts';
import type { HostConfig, NetworkEntry } from './host-config.ts';

/** GRUB's variables on media. */
export const VARIABLES = {
  images: 'rackhand_images',
  network: 'rackhand_network',
  /** What the host's own configuration adds. */
  more: 'rackhand_arguments',
} as const;

/** The area of one host's medium; undefined when it is too much. Pure. */
export function hostArea({ server, images, network, dns, kernelArguments }: HostConfig): Buffer | undefined {
  const set = (name: string, value: string) => (value === '' ? {} : { [name]: value });
  return renderArea({
    variables: {
      ...set(VARIABLES.images, images?.address ?? ''),
      ...set(VARIABLES.network, networkArguments(network, dns).join(' ')),
      ...set(VARIABLES.more, kernelArguments.join(' ')),
    },
    settings: server
      ? {
          url: `https://${server.address}`,
          ca: sha256(new X509Certificate(server.certificate).raw),
          token: server.token,
        }
      : {},
    certificate: images?.certificate,
  });
}

/**
 * dracut.cmdline(7). NetworkManager makes its profiles of them in the initramfs, and the host goes on with these: one
 * way for media that fetch their image and those that have it.
 */
export function networkArguments(network: readonly NetworkEntry[], dns: readonly string[]): string[] {
  return [...network.flatMap(entryArguments), ...dns.map((server) => `nameserver=${server}`)];
}

function entryArguments(entry: NetworkEntry): string[] {
  if ('bond' in entry) {
    const options = Object.entries({ mode: entry.mode, ...entry.options }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const bond = `bond=${entry.bond}:${entry.interfaces.join(',')}:${options.join(',')}`;
    return entry.address === undefined ? [bond] : [bond, ip(entry.bond, entry.address, entry.gateway)];
  }
  if ('vlan' in entry) {
    const name = `${entry.on}.${entry.vlan}`;
    return [`vlan=${name}:${entry.on}`, ip(name, entry.address, entry.gateway)];
  }
  const named = entry.mac === undefined ? [] : [`ifname=${entry.interface}:${entry.mac.toLowerCase()}`];
  return [...named, ip(entry.interface, entry.address, entry.gateway)];
}

/** ip=CLIENT:[PEER]:GATEWAY:NETMASK:[HOST]:INTERFACE:none; the prefix length does as a netmask. */
function ip(name: string, address: string, gateway: string | undefined): string {
  if (address === 'dhcp') return `ip=${name}:dhcp`;
  const [client, prefix] = address.split('/') as [string, string];
  const bracketed = (text: string) => (text.includes(':') ? `[${text}]` : text);
  return `ip=${bracketed(client)}::${gateway === undefined ? '' : bracketed(gateway)}:${prefix}::${name}:none`;
}
