import { run } from '../../../builder/shared/process/run.ts';
import { makeNamespace } from '../net/namespaces.ts';
import { grub } from './grub.ts';
import { InteropScene, LEASE_SECONDS, SUBNET } from './interop-scene.ts';
import { type RealClient, realClients } from './real-clients.ts';
import { startTelling } from './short-leases.ts';

/**
 * `node capture.ts`: what each real client sends when it starts and renews, and what a relay agent makes of it, as
 * entries for captured.ts; `node capture.ts GRUB` takes one of them alone.
 */
const HEADERS = { ethernet: 14, udp: 8 };
const COOKIE = 236;
const MAC = '52:54:00:12:34:61';
const BEHIND = { cidr: '192.0.2.0/24', range: { from: '192.0.2.100', to: '192.0.2.120' } };

const wanted = process.argv[2];
for (const client of [...realClients, grub])
  if (!wanted || wanted === client.name) await capture(client.name, client);
if (!wanted) await capture('ISC dhcrelay', { name: 'relay', start: behindRelay });

async function capture(name: string, client: RealClient): Promise<void> {
  const scene = await InteropScene.make({ lost: 0, doubled: 0, late: 0, seed: 1 });
  const { link, folder } = scene;
  try {
    await link.client.run(['ip', 'link', 'set', link.clientDevice, 'address', MAC]);
    const seen = new Map<string, string>();
    link.watch(({ from, hex }) => {
      if (from === 'client') note(seen, Buffer.from(hex, 'hex'));
    });
    const server = await startTelling(link.server, {
      ...{ device: link.serverDevice, address: link.serverAddress, folder },
      ...{ subnets: [SUBNET, BEHIND], leaseSeconds: LEASE_SECONDS, probe: true },
    });
    scene.atEnd(() => server.stop());
    await scene.startClient(client);
    await server.until(2, ({ kind }) => kind === 'ack');
    for (const [what, entry] of seen) process.stdout.write(`/** ${name}, ${what} */\n${entry}\n`);
  } finally {
    await scene.end();
  }
}

/** The link's client is a relay agent here, and dhclient behind it. */
async function behindRelay(link: Parameters<RealClient['start']>[0], folder: string) {
  const id = link.clientDevice.slice(2);
  const leaf = await makeNamespace(`rh-l-${id}`);
  const [own, clients] = [`vr${id}`, `vl${id}`];
  await link.client.run(['ip', 'link', 'add', own, 'type', 'veth', 'peer', clients]);
  await link.client.run(['ip', 'link', 'set', clients, 'netns', leaf.name]);
  await link.client.run(['ip', 'address', 'add', '198.51.100.9/24', 'dev', link.clientDevice]);
  await link.client.run(['ip', 'address', 'add', '192.0.2.1/24', 'dev', own]);
  await link.client.run(['ip', 'link', 'set', own, 'up']);
  await leaf.run(['ip', 'link', 'set', clients, 'address', MAC]);
  await leaf.run(['ip', 'link', 'set', clients, 'up']);
  const argv = ['dhcrelay', '-4', '-d', '-a', '-id', own, '-iu', link.clientDevice, link.serverAddress];
  const relay = link.client.start(argv, ['ignore', 'ignore', 'ignore']);
  const client = await realClients[0]!.start({ ...link, client: leaf, clientDevice: clients }, folder);
  return {
    ...client,
    async stop() {
      await client.stop();
      await relay.stop();
      await run(['ip', 'netns', 'delete', leaf.name]);
    },
  };
}

/** The first of each kind: DISCOVER, and REQUEST with and without an address of the client's own. */
function note(seen: Map<string, string>, frame: Buffer): void {
  const at = HEADERS.ethernet + 4 * (frame[HEADERS.ethernet]! & 15) + HEADERS.udp;
  const message = frame.subarray(at);
  const type = message[COOKIE + 6];
  const renews = message.readUInt32BE(12) !== 0;
  const what = type === 1 ? 'discover' : type !== 3 ? `type ${type}` : renews ? 'renewal' : 'request';
  if (seen.has(what)) return;
  const [header, zeros] = [message.subarray(0, 34), message.subarray(34, COOKIE)];
  if (zeros.some((byte) => byte !== 0)) throw new Error(`not zero: ${zeros.toString('hex')}`);
  // Padding is not part of it.
  const options = message.subarray(COOKIE + 4, message.lastIndexOf(0xff) + 1);
  seen.set(what, `message(\n  '${header.toString('hex')}',\n  '${options.toString('hex')}',\n),`);
}
