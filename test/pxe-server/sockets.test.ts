import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Configuration } from '../../pxe-server/config/schema.ts';
import { closeFd, openTcpListener, openUdp } from '../../pxe-server/net/sockets.ts';
import { closeSockets, openSockets } from '../../pxe-server/sockets.ts';

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
