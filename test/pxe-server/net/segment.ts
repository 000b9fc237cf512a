import { randomBytes } from 'node:crypto';
import { run } from '../../../builder/shared/process/run.ts';
import { makeNamespace, type Namespace } from './namespaces.ts';

/** One member of a segment: a namespace of its own, with one device on the switch. */
export interface Member {
  where: Namespace;
  device: string;
}

export interface Segment {
  members: Member[];
  remove(): Promise<void>;
}

/** Namespaces joined by a switch; `addresses` has one for each, such as "198.51.100.1/24", or undefined. */
export async function makeSegment(addresses: readonly (string | undefined)[]): Promise<Segment> {
  const id = randomBytes(3).toString('hex');
  const middle = await makeNamespace(`rh-b-${id}`);
  await middle.run(['ip', 'link', 'add', 'switch', 'type', 'bridge', 'forward_delay', '0']);
  await middle.run(['ip', 'link', 'set', 'switch', 'up']);
  const members: Member[] = [];
  for (const [number, address] of addresses.entries()) {
    const where = await makeNamespace(`rh-${number}-${id}`);
    const [device, port] = [`v${number}${id}`, `p${number}${id}`];
    await middle.run(['ip', 'link', 'add', port, 'type', 'veth', 'peer', device]);
    await middle.run(['ip', 'link', 'set', device, 'netns', where.name]);
    await middle.run(['ip', 'link', 'set', port, 'master', 'switch', 'up']);
    if (address) await where.run(['ip', 'address', 'add', address, 'brd', '+', 'dev', device]);
    await where.run(['ip', 'link', 'set', device, 'up']);
    members.push({ where, device });
  }
  return {
    members,
    async remove() {
      for (const { name } of [middle, ...members.map(({ where }) => where)])
        await run(['ip', 'netns', 'delete', name]);
    },
  };
}
