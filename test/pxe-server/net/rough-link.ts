import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Link, lineOf, makeNamespace, removeNamespace } from './namespaces.ts';

export interface Roughness {
  /** Percent of the frames that are lost, come twice, or come late so that others overtake them. */
  lost: number;
  doubled: number;
  late: number;
  seed: number;
  /** Milliseconds that each frame travels. */
  delay?: number;
}

/** Frames so far; `passed` are those that came once and in time. */
export type Passage = Record<'passed' | 'lost' | 'doubled' | 'late', number>;

export interface RoughLink extends Link {
  passage(): Promise<Passage>;
  /** Frames with DHCP in them from now on, as hexadecimal, each with the end that sent it. */
  watch(seen: (frame: { from: 'server' | 'client'; hex: string }) => void): void;
}

/**
 * Like makeLink, but a program carries each frame between two TAP devices and mistreats it, since the kernels of
 * small machines come without netem.
 */
export async function makeRoughLink(roughness: Roughness): Promise<RoughLink> {
  const id = randomBytes(3).toString('hex');
  const names = { middle: `rh-m-${id}`, server: `rh-s-${id}`, client: `rh-c-${id}` };
  const devices = { server: `ts${id}`, client: `tc${id}` };
  const [middle, server, client] = [
    await makeNamespace(names.middle),
    await makeNamespace(names.server),
    await makeNamespace(names.client),
  ];
  const program = join(import.meta.dirname, 'rough-relay.ts');
  const settings = JSON.stringify({ ...roughness, devices: [devices.server, devices.client] });
  const relay = middle.start([process.execPath, program, settings]);
  await lineOf(relay, (line) => line === 'ready');
  for (const [end, namespace] of [
    ['server', server],
    ['client', client],
  ] as const) {
    await middle.run(['ip', 'link', 'set', devices[end], 'netns', namespace.name]);
    await namespace.run(['ip', 'link', 'set', devices[end], 'up']);
  }
  await server.run(['ip', 'address', 'add', '198.51.100.1/24', 'brd', '+', 'dev', devices.server]);
  return {
    ...{ server, client, serverDevice: devices.server, clientDevice: devices.client },
    serverAddress: '198.51.100.1',
    async passage() {
      const told = lineOf(relay, (line) => line.startsWith('{'));
      process.kill(relay.pid!, 'SIGUSR2');
      return JSON.parse(await told) as Passage;
    },
    watch(seen) {
      void lineOf(relay, (line) => {
        const [, from, hex] = /^(server|client) ([0-9a-f]+)$/.exec(line) ?? [];
        if (from && hex) seen({ from: from as 'server' | 'client', hex });
        return false;
      }).catch(() => undefined);
    },
    async remove() {
      await relay.stop();
      for (const name of Object.values(names)) await removeNamespace(name);
    },
  };
}
