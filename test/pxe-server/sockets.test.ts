import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Configuration, ProvisioningInterface } from '../../pxe-server/config/schema.ts';
import { closeFd, openTcpListener, openUdp } from '../../pxe-server/net/sockets.ts';
import { closeSockets, ipv6Wanted, openIpv6, openSockets } from '../../pxe-server/sockets.ts';

const configuration = Configuration.parse({
  state: '/nonexistent',
  images: { catalog: '/nonexistent' },
  provisioning: { interfaces: [{ name: 'lo', address: '127.0.0.1' }] },
});
/** No interface: nothing but the API's socket. */
const apiAlone = { ...configuration, provisioning: { ...configuration.provisioning, interfaces: [] } };

it('the socket that the service manager hands down is taken as it is', () => {
  const fd = openTcpListener({ address: '127.0.0.1', port: 0 });
  const sockets = openSockets(apiAlone, fd);
  expect(sockets.control).toEqual({ api: fd });
  closeSockets(sockets);
});
it.each([
  ['no descriptor', () => 1_000_000, () => undefined],
  ['a file', () => openSync('/dev/null', 'r'), closeSync],
  ['a UDP socket', () => openUdp({ address: '127.0.0.1', port: 0 }), closeFd],
])('%s in its place is refused', (_what, open, close) => {
  const fd = open();
  expect(() => openSockets(apiAlone, fd)).toThrow(
    expect.objectContaining({
      code: 'api-fd-unusable',
      message: `descriptor ${fd} is no listening socket`,
      mend: expect.stringContaining('--api-fd'),
    }),
  );
  close(fd);
});

const subnet = { cidr: '192.0.2.0/24', ranges: [] };
it.each([
  ['a subnet', { subnet }, true],
  ['dhcp: authoritative', { subnet, dhcp: 'authoritative' }, true],
  ['dhcp: proxy', { subnet, dhcp: 'proxy' }, false],
  ['dhcp: off', { subnet, dhcp: 'off' }, false],
  ['no subnet', {}, false],
])('what machines are told of IPv6 where there is none, with %s', (_what, more, servesIpv4) => {
  const wanted = ipv6Wanted(ProvisioningInterface.parse({ name: 'lo', address: '192.0.2.1', ...more }));
  expect(wanted.servesIpv4).toBe(servesIpv4);
  if (!servesIpv4) expect(openIpv6(wanted)).toEqual({});
});
