import { expect, it } from 'vitest';
import { parseFleet, readFleet } from '../../../builder/fleet/read.ts';

it('reads a fleet', () => {
  const fleet = { hosts: [{ name: 'node-1', modaliases: ['acpi:PNP0C0C:'] }] };
  expect(parseFleet(JSON.stringify(fleet), 'f.json')).toEqual(fleet);
});
it.each([
  ['{', /f\.json: /],
  ['{"hosts":[]}', /f\.json: hosts: /],
  ['{"hosts":[{"name":"a","modaliases":[],"mac":""}]}', /f\.json: hosts\.0: .*mac/],
  ['{"hosts":[{"name":"a b","modaliases":[]}]}', /hosts\.0\.name: expected a host name/],
  ['{"hosts":[{"name":"a","modaliases":["pci:\\u0000"]}]}', /hosts\.0\.modaliases\.0: expected a modalias/],
])('%s is refused', (text, message) => {
  expect(() => parseFleet(text, 'f.json')).toThrow(
    expect.objectContaining({ code: 'fleet-invalid', message: expect.stringMatching(message) }),
  );
});
it('one that is not there is told', async () => {
  await expect(readFleet('/nowhere/f.json')).rejects.toMatchObject({ code: 'fleet-missing' });
});
