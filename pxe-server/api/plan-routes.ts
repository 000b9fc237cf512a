import { Inventory } from '../../builder/contract/inventory.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { PlanView } from '../kickstart/plan/view.ts';
import { type Api, type ApiContext, described } from './routes.ts';
import * as shapes from './schemas.ts';

/** What an installation would do to a host, before it does. */
export function planRoutes(api: Api, { registry, plan }: ApiContext): void {
  api.get(
    '/hosts/:id/plan',
    {
      schema: {
        ...described('What its kickstart would do to the machine of its inventory; secrets masked', PlanView),
        params: shapes.IdParams,
      },
    },
    (request) => {
      const { id, name, inventory } = registry.get(request.params.id);
      // What an older version stored says less.
      if (inventory) return plan({ hostId: id, inventory: Inventory.parse(inventory) });
      const message = `${name} never told what it is made of`;
      throw new RackhandError('state-wrong', message, 'boot it once with an image; its agent tells');
    },
  );
}
