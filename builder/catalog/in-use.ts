import { RackhandError } from '../shared/errors.ts';
import { hostsText } from './prune-plan.ts';
import { nameable, surveyCatalog } from './survey.ts';
import { readTags } from './tags.ts';
import { usersOf } from './users.ts';
import { readUses } from './uses.ts';

/** @throws RackhandError image-in-use | uses-unreadable */
export async function refuseInUse(folder: string, id: string): Promise<void> {
  const uses = await readUses(folder);
  const { images } = await surveyCatalog(folder);
  // Of an image that cannot be read as well: the survey leaves that out.
  const tags = [...(await readTags(folder))].flatMap(([tag, of]) => (of === id ? [`tag ${tag}`] : []));
  const { hosts = [], servers = [] } = usersOf(nameable(images), uses).get(id) ?? {};
  const why = [
    ...tags,
    ...(hosts.length > 0 ? [`used by ${hostsText(hosts)}`] : []),
    ...servers.map((server) => `default of server ${server}`),
  ];
  if (why.length === 0) return;
  const mend = 'give its tags and hosts another image first; or remove it all the same: --force';
  throw new RackhandError('image-in-use', `image ${id} is in use: ${why.join('; ')}`, mend);
}
