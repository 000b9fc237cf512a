import type { FastifyRequest } from 'fastify';
import type { RackhandError } from '../../builder/shared/errors.ts';
import type { Host } from '../hosts/model.ts';
import type { Accepted, Editor } from '../templates/desk.ts';
import { lineDiff } from '../templates/line-diff.ts';
import type { Version } from '../templates/names.ts';
import { type Api, type ApiContext, described } from './routes.ts';
import { IdParams } from './schemas.ts';
import * as shapes from './template-schemas.ts';

/** Templates of kickstarts with their versions, and what hosts get by them. */
export function templateRoutes(api: Api, context: ApiContext): void {
  readingRoutes(api, context);
  changingRoutes(api, context);
  hostRoute(api, context);
}

function readingRoutes(api: Api, { registry, templates }: ApiContext): void {
  const params = shapes.TemplateParams;
  api.get('/templates', { schema: described('Templates of kickstarts', shapes.TemplateList) }, () => ({
    templates: templates.list().map(({ source: _, ...row }) => ({ ...row, time: row.time || null })),
  }));
  api.get(
    '/templates/:name',
    {
      schema: {
        ...described('The text of a template, and who changed it', shapes.TemplateView),
        ...{ params, querystring: shapes.TemplateQuery },
      },
    },
    async (request) => {
      const { name } = request.params;
      const found = await templates.version(name, request.query.version);
      return { ...view(found), text: found.text, history: (await templates.history(name)).map(view) };
    },
  );
  api.get(
    '/templates/:name/diff',
    {
      schema: {
        ...described('How two versions differ', shapes.TemplateDiff),
        ...{ params, querystring: shapes.DiffQuery },
      },
    },
    (request) => templates.diff(request.params.name, request.query.from, request.query.to),
  );
  api.post(
    '/templates/:name/try',
    {
      schema: {
        ...described(
          'What a host would get by a text or a version; secrets are masked',
          shapes.ShownKickstart,
        ),
        ...{ params, body: shapes.TemplateTry },
      },
    },
    (request) => templates.try(request.params.name, request.body, registry.get(request.body.host)),
  );
}

function changingRoutes(api: Api, { templates }: ApiContext): void {
  const params = shapes.TemplateParams;
  api.put(
    '/templates/:name',
    {
      schema: {
        ...described(
          'Make a text the live version: it has to load, and give each host that uses it a kickstart',
          shapes.TemplateAccepted,
        ),
        ...{ params, body: shapes.TemplateChange },
      },
    },
    async (request) => accepted(await templates.put(request.params.name, request.body, editor(request))),
  );
  api.post(
    '/templates/:name/rollback',
    {
      schema: {
        ...described(
          'Make the text of an earlier version the live one, as a new version',
          shapes.TemplateAccepted,
        ),
        ...{ params, body: shapes.TemplateRollback },
      },
    },
    async (request) => accepted(await templates.rollBack(request.params.name, request.body, editor(request))),
  );
}

function hostRoute(api: Api, { registry, templates }: ApiContext): void {
  api.get(
    '/hosts/:id/kickstart',
    {
      schema: {
        ...described(
          'What a host was installed with, and what it would get now; secrets are masked',
          shapes.HostKickstart,
        ),
        params: IdParams,
      },
    },
    (request) => hostKickstart(registry.get(request.params.id), templates),
  );
}

async function hostKickstart(host: Host, templates: ApiContext['templates']): Promise<shapes.HostKickstart> {
  const { installed, ...rest } = await templates.ofHost(host);
  const now = 'now' in rest ? rest.now : null;
  const diff = installed && now ? lineDiff(installed.text, now.text, ['installed', 'now']) : null;
  const fault = 'fault' in rest ? toldOf(rest.fault) : null;
  return {
    host: host.name,
    installed: installed
      ? {
          ...{ time: installed.time, template: installed.template },
          ...{ versions: installed.versions, text: installed.text },
        }
      : null,
    ...{ now, fault, diff },
  };
}

function toldOf({ code, message, mend }: RackhandError): shapes.HostKickstart['fault'] {
  return { code, message, mend };
}

function view({ name, version, sha256, author, time, message }: Version): shapes.TemplateVersion {
  return { name, version, sha256, author, time: time || null, message };
}

function accepted({ version, ...rest }: Accepted): shapes.TemplateAccepted {
  return { version: view(version), ...rest };
}

function editor({ tokenName, ip }: FastifyRequest): Editor {
  return { author: tokenName, address: ip };
}
