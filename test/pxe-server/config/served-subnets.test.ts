import { expect, it } from 'vitest';
import { Configuration } from '../../../pxe-server/config/schema.ts';
import { servedSubnets } from '../../../pxe-server/config/served-subnets.ts';

const provisioning = (provisioning: object) =>
  Configuration.shape.provisioning.parse({ httpPort: 80, ...provisioning });
const told = (from: Parameters<typeof servedSubnets>[0]) =>
  servedSubnets(from).map(({ cidr, link, proxy }) => `${cidr} ${link ?? 'alone'}${proxy ? ' proxy' : ''}`);

it('networks of interfaces first, then those that share their link or lie behind relays', () => {
  const eno1 = { name: 'eno1', address: '192.0.2.1', subnet: { cidr: '192.0.2.0/24' } };
  const eno2 = { name: 'eno2', address: '10.0.0.1', subnet: { cidr: '10.0.0.0/24' }, dhcp: 'proxy' };
  const eno3 = { name: 'eno3', address: '10.9.0.1', subnet: { cidr: '10.9.0.0/24' }, dhcp: 'off' };
  const subnets = [
    { cidr: '198.51.100.0/24', on: 'eno1' },
    { cidr: '10.0.1.0/24', on: 'eno2' },
    { cidr: '10.1.0.0/24', link: 'rack7' },
    { cidr: '10.2.0.0/24', dhcp: 'proxy' },
  ];
  expect(
    told(provisioning({ interfaces: [eno1, eno2, eno3, { name: 'eno4', address: '10.8.0.1' }], subnets })),
  ).toEqual([
    '192.0.2.0/24 on eno1',
    '10.0.0.0/24 on eno2 proxy',
    '198.51.100.0/24 on eno1',
    '10.0.1.0/24 on eno2 proxy',
    '10.1.0.0/24 behind rack7',
    '10.2.0.0/24 alone proxy',
  ]);
});
