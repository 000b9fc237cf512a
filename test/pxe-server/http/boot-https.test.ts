import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { bootHttp } from '../../../pxe-server/http/boot-http.ts';
import { listenAll } from '../../../pxe-server/http/listen.ts';
import { openTcpListener } from '../../../pxe-server/net/sockets.ts';
import { freshKeys } from '../enrol/desk.ts';
import { replica } from '../replica-fixture.ts';

it('over TLS the first script leads on to the same, and the service’s CA vouches for it', async () => {
  const keys = await freshKeys();
  const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));
  const app = bootHttp(
    { address: '127.0.0.1', httpPort: 443, secure: true },
    {
      ...{ replica: () => replica(), mint: new Mint(() => undefined, 20), httpsPort: 8443, tls },
      ...{ trace: () => undefined, loaders: new Map(), kickstart: async () => ({ kind: 'busy' }) },
      onInternal: (error) => {
        throw error;
      },
    },
  );
  const servers = await listenAll(app, [openTcpListener({ address: '127.0.0.1', port: 0 })]);
  const { port } = servers[0]!.address() as AddressInfo;
  const ask = (ca?: string) =>
    new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/boot/start.ipxe', agent: false, ca };
      request(options, (response) => {
        let said = '';
        response.on('data', (chunk) => {
          said += chunk;
        });
        response.on('end', () => resolve(said));
      })
        .on('error', reject)
        .end();
    });
  expect(await ask(keys.holder.serviceCa())).toContain('set url https://127.0.0.1/boot/host.ipxe?mac=');
  await expect(ask()).rejects.toThrow(/certificate/);
  for (const server of servers) server.close();
  await app.close();
  await keys.remove();
});
