import { join } from 'node:path';
import { agentsUrl, baseUrl } from '../../boot/answer.ts';
import type { Host } from '../../hosts/model.ts';
import type { Deliveries } from '../../templates/deliveries.ts';
import { TemplateDesk } from '../../templates/desk.ts';
import type { LiveTemplates } from '../../templates/names.ts';
import { TEMPLATE_NAMES, writeNames } from '../../templates/names-file.ts';
import { confined, Tryout } from '../../templates/tryout.ts';
import { TemplateVersions } from '../../templates/versions.ts';
import type { ToldReplica } from '../messages.ts';
import type { Books } from './books.ts';
import type { ControlSettings } from './settings.ts';

/** What kickstarts are made from: told now and when it changes, and noted for the next start. */
export async function openTemplates(
  { state, sshKeys, addresses, httpPort, httpsPort, templates: { shipped, folder } }: ControlSettings,
  {
    books: { store, journal, registry, identity, now, onInternal },
    deliveries,
    replicaOf,
    tell,
  }: {
    books: Books;
    deliveries: Deliveries;
    replicaOf: (hosts: readonly Host[]) => ToldReplica;
    tell: (live: LiveTemplates) => void;
  },
): Promise<TemplateDesk> {
  const reached = addresses.map((address) => {
    const endpoint = { address, httpPort };
    return { base: baseUrl(endpoint), agents: agentsUrl(endpoint, httpsPort) };
  });
  const onChange = (live: LiveTemplates) => {
    tell(live);
    writeNames(join(state, TEMPLATE_NAMES), Object.keys(live.texts)).catch(onInternal);
  };
  const { serviceCa } = identity;
  const tryout = new Tryout({ renderers: confined(), replicaOf, sshKeys, serviceCa, reached });
  const parts = {
    ...{ versions: new TemplateVersions(store, now), deliveries, journal },
    shipped: new Map(Object.entries(shipped)),
    tryout,
    hosts: () => registry.list(),
    onChange,
  };
  const desk = await TemplateDesk.open(parts, new Map(Object.entries(folder)));
  onChange(desk.live());
  return desk;
}
