import { expect, it } from 'vitest';
import { HostState } from '../../../pxe-server/hosts/model.ts';
import { canBeProved } from '../../../pxe-server/hosts/states.ts';
import { isProvable } from '../../../pxe-server/ui/page/rules.js';

it.each(HostState.options)(
  'a proof is offered of a host that is %s when the service would make one',
  (state) => {
    expect(isProvable({ state, managementAddress: '192.0.2.9' })).toBe(canBeProved(state));
    expect(isProvable({ state, managementAddress: null })).toBe(false);
  },
);
it('that is: of one that registered, whether its last proof failed or not', () => {
  expect(HostState.options.filter(canBeProved)).toEqual(['registering', 'up', 'failed']);
});
