import { RackhandError } from '../../builder/shared/errors.ts';
import { refuseUnbootable } from '../boot/offer.ts';
import { parseHosts } from '../hosts/import.ts';
import { type Arming, type Host, HostDeclaration, HostPatch } from '../hosts/model.ts';
import { canBeProved } from '../hosts/states.ts';
import { type Api, type ApiContext, described } from './routes.ts';
import * as shapes from './schemas.ts';
import { hostRow, hostView } from './views.ts';

export function hostRoutes(api: Api, context: ApiContext): void {
  collectionRoutes(api, context);
  hostRoute(api, context);
  actionRoutes(api, context);
}

function collectionRoutes(api: Api, context: ApiContext): void {
  const { registry } = context;
  api.get('/hosts', { schema: described('All hosts with their inventories', shapes.HostList) }, () => ({
    hosts: registry.list().map(hostView),
  }));
  api.get('/overview', { schema: described('All hosts, one short row each', shapes.HostRows) }, () => ({
    hosts: registry.list().map(hostRow),
  }));
  api.post(
    '/hosts',
    { schema: { ...described('Declare a new host', shapes.HostView), body: HostDeclaration } },
    async (request) => {
      refuseUnbootable(context.offer(), request.body);
      return hostView(await registry.declare(request.body));
    },
  );
  api.post(
    '/hosts/import',
    {
      schema: {
        ...described(
          'Declare the hosts of a file, or replace their declarations: all or none',
          shapes.ImportReply,
        ),
        body: shapes.ImportRequest,
      },
    },
    async (request) => {
      const { text, format, name } = request.body;
      const declarations = parseHosts(text, format, name);
      const offer = context.offer();
      for (const declaration of declarations) refuseUnbootable(offer, declaration);
      return registry.declareAll(declarations);
    },
  );
}

function hostRoute(api: Api, context: ApiContext): void {
  const { registry } = context;
  const params = shapes.IdParams;
  api.get('/hosts/:id', { schema: { ...described('One host', shapes.HostView), params } }, (request) =>
    hostView(registry.get(request.params.id)),
  );
  api.patch(
    '/hosts/:id',
    { schema: { ...described('Change a declaration', shapes.HostView), params, body: HostPatch } },
    async (request) => {
      const host = registry.get(request.params.id);
      const change = request.body;
      const after = { ...host, ...withoutNull(change) };
      refuseUnbootable(context.offer(), after, arms(change) ? undefined : Object.keys(change));
      if (change.arm !== undefined) refuseUnapproved(host);
      const told = Object.entries(change).map(([field, value]) => `${field} ${value ?? 'none'}`);
      if (told.length === 0) return hostView(host);
      const changed = await registry.update(host.id, withoutNull(change));
      await registry.note(changed, 'host', 'notice', `changed by a person: ${told.join(', ')}`);
      return hostView(changed);
    },
  );
  api.delete(
    '/hosts/:id',
    { schema: { ...described('Forget a host and what was given to it', shapes.Removed), params } },
    async (request) => {
      const host = registry.get(request.params.id);
      context.pairing.withdraw(host.id);
      await registry.remove(host.id);
      return { removed: host.name };
    },
  );
}

function actionRoutes(api: Api, context: ApiContext): void {
  const { registry } = context;
  const action = (summary: string) => ({ ...described(summary, shapes.HostView), params: shapes.IdParams });
  api.post(
    '/hosts/:id/approve',
    { schema: { ...action('Approve a machine that nobody declared'), body: shapes.ApproveRequest } },
    async (request) => {
      const host = registry.get(request.params.id);
      const { name, image, arm } = request.body;
      if (host.approved) throw wrongState(`${host.name} is approved already`, 'arm it, or change it');
      if (host.state === 'frozen')
        throw wrongState(`${host.name} is frozen`, 'look at it and release it first');
      const named = { ...(name ? { name } : {}), ...(image ? { image } : {}) };
      refuseUnbootable(context.offer(), { ...host, ...named });
      await registry.update(host.id, { approved: true, arm, ...named });
      await registry.note(registry.get(host.id), 'host', 'notice', `approved by a person, armed: ${arm}`);
      return hostView(await registry.signal(host.id, 'approved', 'approved by a person'));
    },
  );
  api.post(
    '/hosts/:id/arm',
    { schema: { ...action('For how many boots the host gets a token'), body: shapes.ArmRequest } },
    async (request) => {
      const host = registry.get(request.params.id);
      refuseUnapproved(host);
      if (arms(request.body)) refuseUnbootable(context.offer(), host);
      const armed = await registry.update(host.id, { arm: request.body.arm });
      await registry.note(armed, 'host', 'notice', `armed by a person: ${request.body.arm}`);
      return hostView(armed);
    },
  );
  api.post(
    '/hosts/:id/medium',
    {
      schema: {
        ...described('A token for a medium of this host; an earlier one is good no more', shapes.Medium),
        ...{ params: shapes.IdParams, body: shapes.MediumRequest },
      },
    },
    async (request) => {
      const host = registry.get(request.params.id);
      refuseUnapproved(host);
      const minted = await context.mintForMedium(host, request.body.days);
      const { servers, imageServers: images, serviceCa: certificate } = context;
      return { ...minted, servers, certificate, images };
    },
  );
  api.post('/hosts/:id/release', { schema: action('Put a frozen or failed host back') }, async (request) => {
    const host = registry.get(request.params.id);
    if (host.state !== 'frozen' && host.state !== 'failed')
      throw wrongState(
        `${host.name} is ${host.state}, neither frozen nor failed`,
        'there is nothing to release',
      );
    const signal = host.approved ? 'released' : 'returned';
    return hostView(await registry.signal(host.id, signal, 'released by a person'));
  });
  api.post('/hosts/:id/probe', { schema: action('Let the manager prove the host again') }, (request) => {
    const host = registry.get(request.params.id);
    if (host.managementAddress === null) throw wrongState(`${host.name} never registered`, 'boot it first');
    if (!canBeProved(host.state)) throw wrongState(`${host.name} is ${host.state}`, PROVED_BY_ITSELF);
    context.probe(host);
    return hostView(host);
  });
}

const PROVED_BY_ITSELF = 'it is proved by itself once it has registered, or its heartbeats are back';

function refuseUnapproved(host: Host): void {
  if (!host.approved) throw wrongState(`${host.name} is not approved`, `rackhand hosts approve ${host.name}`);
}

function arms({ arm }: { arm?: Arming | undefined }): boolean {
  return arm !== undefined && arm !== 'off';
}

function wrongState(what: string, mend: string): RackhandError {
  return new RackhandError('state-wrong', what, mend);
}

/** The change as the registry keeps it: null means that the field goes away. */
function withoutNull(change: HostPatch): Partial<Host> {
  return Object.fromEntries(Object.entries(change).map(([field, value]) => [field, value ?? undefined]));
}
