import { join } from 'node:path';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import type { Journal } from '../../../pxe-server/events/journal.ts';
import type { Registry } from '../../../pxe-server/hosts/registry.ts';
import { renderHere } from '../../../pxe-server/render/kickstart.ts';
import { buildReplica } from '../../../pxe-server/roles/replica.ts';
import type { Store } from '../../../pxe-server/store/database.ts';
import { Deliveries } from '../../../pxe-server/templates/deliveries.ts';
import { TemplateDesk } from '../../../pxe-server/templates/desk.ts';
import type { LiveTemplates } from '../../../pxe-server/templates/names.ts';
import { type Renderers, Tryout } from '../../../pxe-server/templates/tryout.ts';
import { TemplateVersions } from '../../../pxe-server/templates/versions.ts';
import { image, installer } from '../replica-fixture.ts';

export const BASE = 'http://192.0.2.1';

const SHIPPED = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
/** Without a sandbox: apart.system.test.ts has that. */
const HERE: Renderers = { one: renderHere, many: renderHere };

export interface TestTemplates {
  desk: TemplateDesk;
  deliveries: Deliveries;
  /** What the deciding roles were told, the last one last. */
  told: LiveTemplates[];
  /** As after a restart with such a folder. */
  again(folder: Record<string, string>): Promise<TemplateDesk>;
}

/** The shipped templates and those of a folder, over a real store. */
export async function openTemplates({
  store,
  journal,
  registry,
  now,
}: {
  store: Store;
  journal: Journal;
  registry: Registry;
  now: () => Date;
}): Promise<TestTemplates> {
  const told: LiveTemplates[] = [];
  const deliveries = new Deliveries(store, now);
  const settings = { secureBoot: false, defaultImage: 'lab', unknown: 'inventory' as const };
  let desk: TemplateDesk;
  const tryout = new Tryout({
    renderers: HERE,
    replicaOf: (hosts) => {
      const installers = [installer({ release: 'el9' })];
      return buildReplica(
        hosts,
        [image()],
        { ...settings, installers, kickstarts: desk.names() },
        'c'.repeat(64),
      );
    },
    sshKeys: [`ssh-ed25519 ${'A'.repeat(68)}`],
    serviceCa: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    reached: [
      { base: BASE, agents: 'https://192.0.2.1:8443' },
      { base: 'http://198.51.100.1', agents: 'https://198.51.100.1:8443' },
    ],
  });
  const again = (folder: Record<string, string>) =>
    TemplateDesk.open(
      {
        ...{ versions: new TemplateVersions(store, now), shipped: SHIPPED, tryout, deliveries, journal },
        ...{ hosts: () => registry.list(), onChange: (live) => told.push(live) },
      },
      new Map(Object.entries(folder)),
    );
  desk = await again({});
  return { desk, deliveries, told, again };
}
