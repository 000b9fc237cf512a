import { z } from 'zod';
import { type Api, type ApiContext, described } from './routes.ts';
import * as shapes from './schemas.ts';
import { streamEvents } from './stream.ts';

export function eventRoutes(api: Api, context: ApiContext): void {
  const { registry, journal } = context;
  api.get(
    '/events',
    {
      schema: {
        ...described(
          'Events, oldest first; the newest when neither after nor before is named',
          shapes.EventList,
        ),
        querystring: shapes.EventQuery,
      },
    },
    async (request) => {
      const { host, ...query } = request.query;
      return { events: await journal.list({ ...query, hostId: hostId(host) }) };
    },
  );
  const stream = {
    description:
      'Server-sent events: EventList.events one by one; with hosts=true also "host" and "host-removed"',
    content: { 'text/event-stream': { schema: z.string() } },
  };
  const { summary, response } = described('Follow the events live', shapes.EventList);
  api.get(
    '/events/stream',
    { schema: { summary, response: { ...response, 200: stream }, querystring: shapes.StreamQuery } },
    async (request, reply) => {
      const { after, host, hosts } = request.query;
      const options = { after, hostId: hostId(host), hosts: hosts === 'true' };
      await streamEvents(context, reply, options);
      return reply;
    },
  );

  function hostId(idOrName: string | undefined): string | undefined {
    return idOrName === undefined ? undefined : registry.get(idOrName).id;
  }
}
