import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InteropScene, LEASE_SECONDS, SUBNET } from './interop-scene.ts';
import { realClients } from './real-clients.ts';
import { startTelling, type TellingServer } from './short-leases.ts';

let scene: InteropScene;
let server: TellingServer;
beforeEach(async () => {
  scene = await InteropScene.make({ lost: 10, doubled: 15, late: 15, seed: 2131 });
  const { link, folder } = scene;
  server = await startTelling(link.server, {
    ...{ device: link.serverDevice, address: link.serverAddress, folder },
    ...{ subnets: [SUBNET], leaseSeconds: LEASE_SECONDS, probe: true },
  });
  scene.atEnd(() => server.stop());
});
afterEach(() => scene?.end());

describe('on a link that loses, doubles and reorders', () => {
  it.each(realClients)(
    '$name gets an address, keeps it by renewing, and has it again after another start',
    async (client) => {
      const first = await scene.startClient(client);
      await server.until(3, ({ kind }) => kind === 'ack');
      await expect.poll(() => scene.clientAddress(), { timeout: 30_000 }).toBe('198.51.100.100');
      // Renewals: a client that had to begin again each time would be offered as much as it is given. The link doubles
      // some of both, so it takes a few.
      const count = (what: string) => server.events.filter(({ kind }) => kind === what).length;
      await expect.poll(() => count('ack') - count('offer'), { timeout: 90_000 }).toBeGreaterThan(2);
      await first.stop();
      const before = server.events.length;
      await scene.startClient(client);
      await server.until(1, (event) => server.events.indexOf(event) >= before && event.kind === 'ack');
      await expect.poll(() => scene.clientAddress(), { timeout: 30_000 }).toBe('198.51.100.100');
      expect(new Set(server.events.map(({ address }) => address))).toEqual(new Set(['198.51.100.100']));
      expect(server.events.filter(({ kind }) => kind === 'malformed' || kind === 'failed')).toEqual([]);
    },
    240_000,
  );
});
