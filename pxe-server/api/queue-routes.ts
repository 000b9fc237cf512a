import { PlaceRequest, QueueView } from '../admission/view.ts';
import { type Api, type ApiContext, described } from './routes.ts';
import * as shapes from './schemas.ts';

/** Who boots and who waits for its turn: the boot role's; who is moved by whom is an event. */
export function queueRoutes(api: Api, { registry, journal, queue }: ApiContext): void {
  api.get(
    '/queue',
    { schema: described('Machines that boot, and those that wait for their turn, in order', QueueView) },
    () => queue({}),
  );
  api.put(
    '/queue/:id/place',
    {
      schema: {
        ...described('Give a waiting machine another place; 1 is the front', QueueView),
        ...{ params: shapes.QueueParams, body: PlaceRequest },
      },
    },
    async (request) => {
      const { place } = request.body;
      const who = request.params.id;
      const view = await queue({ move: { who, place } });
      const moved = view.waiting.find(({ hostId, name, mac }) => [hostId, name, mac].includes(who));
      await journal.record({
        ...{ kind: 'waiting', severity: 'notice', mac: moved?.mac ?? null },
        hostId: moved?.hostId && registry.peek(moved.hostId) ? moved.hostId : null,
        message: `${moved?.name ?? who}: put on place ${moved?.place ?? place} of those that wait, by a person, from ${request.ip}`,
      });
      return view;
    },
  );
}
