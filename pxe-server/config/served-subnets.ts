import type { ServedSubnet } from '../dhcp/schema.ts';
import { type Configuration, dhcpMode } from './schema.ts';

/** All networks that DHCP serves, those of the interfaces first: where one on a link is full the next gives. */
export function servedSubnets({ interfaces, subnets }: Configuration['provisioning']): ServedSubnet[] {
  const own = interfaces
    .filter((one) => dhcpMode(one) !== 'off')
    .map((one) => ({ ...one.subnet!, link: linkOf(one.name), proxy: dhcpMode(one) === 'proxy' }));
  const further = subnets.map(({ on, link, dhcp, ...subnet }) => {
    const proxy =
      on === undefined ? dhcp === 'proxy' : own.some((one) => one.link === linkOf(on) && one.proxy);
    return { ...subnet, link: on === undefined ? link && `behind ${link}` : linkOf(on), proxy };
  });
  return [...own, ...further];
}

function linkOf(name: string): string {
  return `on ${name}`;
}
