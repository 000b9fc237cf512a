import { join } from 'node:path';
import { agentsUrl, baseUrl } from '../boot/answer.ts';
import type { Journal } from '../events/journal.ts';
import type { Host } from '../hosts/model.ts';
import type { Registry } from '../hosts/registry.ts';
import type { Deliveries } from '../templates/deliveries.ts';
import { TemplateDesk } from '../templates/desk.ts';
import type { LiveTemplates } from '../templates/names.ts';
import { TEMPLATE_NAMES, writeNames } from '../templates/names-file.ts';
import { confined, Tryout } from '../templates/tryout.ts';
import type { TemplateVersions } from '../templates/versions.ts';
import type { ControlSettings } from './control.ts';
import type { Replica } from './messages.ts';

/** What kickstarts are made from: told now and when it changes, and noted for the next start. */
export async function openTemplates(
  { state, sshKeys, addresses, httpPort, httpsPort, templates: { shipped, folder } }: ControlSettings,
  {
    registry,
    replicaOf,
    serviceCa,
    tell,
    onInternal,
    ...books
  }: {
    versions: TemplateVersions;
    deliveries: Deliveries;
    journal: Journal;
    registry: Registry;
    replicaOf: (hosts: readonly Host[]) => Replica;
    serviceCa: string;
    tell: (live: LiveTemplates) => void;
    onInternal: (error: unknown) => void;
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
  const tryout = new Tryout({ renderers: confined(), replicaOf, sshKeys, serviceCa, reached });
  const parts = {
    ...books,
    shipped: new Map(Object.entries(shipped)),
    tryout,
    hosts: () => registry.list(),
    onChange,
  };
  const desk = await TemplateDesk.open(parts, new Map(Object.entries(folder)));
  onChange(desk.live());
  return desk;
}
