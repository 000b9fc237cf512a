import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { makeNamespace, type Namespace } from '../net/namespaces.ts';
import { InteropScene, LEASE_SECONDS, SUBNET } from './interop-scene.ts';
import { realClients } from './real-clients.ts';
import { startTelling, type TellingServer } from './short-leases.ts';

const RELAY = '192.0.2.2';
const SERVER = '192.0.2.1';

let scene: InteropScene;
let server: TellingServer;
beforeEach(async () => {
  scene = await InteropScene.make({ lost: 10, doubled: 15, late: 15, seed: 3046 });
  const { where, up, down } = await upstream(scene);
  const { link, folder } = scene;
  // Adds option 82, and drops an answer that does not bring the same back.
  const argv = ['dhcrelay', '-4', '-d', '-a', '-D', '-id', link.serverDevice, '-iu', down, SERVER];
  const relay = link.server.start(argv, ['ignore', 'ignore', 'ignore']);
  scene.atEnd(() => relay.stop());
  const own = { cidr: '192.0.2.0/24', range: { from: '192.0.2.100', to: '192.0.2.120' } };
  server = await startTelling(where, {
    ...{
      device: up,
      address: SERVER,
      folder,
      subnets: [own, SUBNET],
      leaseSeconds: LEASE_SECONDS,
      probe: true,
    },
  });
  scene.atEnd(() => server.stop());
});
afterEach(() => scene?.end());

/**
 * Client, rough link, relay, server: the link's own end becomes the relay, and the server is in one more namespace.
 * @returns where the server goes, its device and the relay's on the link between them
 */
async function upstream(given: InteropScene): Promise<{ where: Namespace; up: string; down: string }> {
  const { link } = given;
  const id = link.serverDevice.slice(2);
  const where = await makeNamespace(`rh-u-${id}`);
  given.atEnd(() => run(['ip', 'netns', 'delete', where.name]));
  const [up, down] = [`vu${id}`, `vd${id}`];
  await where.run(['ip', 'link', 'add', up, 'type', 'veth', 'peer', down]);
  await where.run(['ip', 'link', 'set', down, 'netns', link.server.name]);
  await where.run(['ip', 'address', 'add', `${SERVER}/24`, 'dev', up]);
  await link.server.run(['ip', 'address', 'add', `${RELAY}/24`, 'dev', down]);
  await where.run(['ip', 'link', 'set', up, 'up']);
  await link.server.run(['ip', 'link', 'set', down, 'up']);
  // Renewals go past the relay agent, as any packet goes through a router.
  await where.run(['ip', 'route', 'add', SUBNET.cidr, 'via', RELAY]);
  await link.server.run(['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
  const route = ['192.0.2.0/24', 'via', link.serverAddress, 'dev', link.clientDevice, 'onlink'];
  await link.client.run(['ip', 'route', 'add', ...route]);
  return { where, up, down };
}

describe('behind ISC dhcrelay, over a link that loses, doubles and reorders', () => {
  it.each(realClients)('$name gets an address of its own network, and renews it', async (client) => {
    await scene.startClient(client);
    const acks = await server.until(3, ({ kind }) => kind === 'ack');
    await expect.poll(() => scene.clientAddress(), { timeout: 30_000 }).toBe('198.51.100.100');
    expect(new Set(acks.map(({ address }) => address))).toEqual(new Set(['198.51.100.100']));
    const passage = await scene.link.passage();
    for (const count of Object.values(passage)) expect(count).toBeGreaterThan(0);
  });
});
