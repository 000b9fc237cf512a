import { expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { checkInterface } from '../../../pxe-server/config/environment.ts';

const facts = {
  ...{ name: 'eno1', index: 2, mac: '52:54:00:00:00:01', up: true },
  addresses: [
    { address: '192.0.2.1', prefix: 24 },
    { address: 'fe80::1', prefix: 64 },
  ],
};

it('an interface that is up and has the address', () => {
  expect(() => checkInterface(facts, '192.0.2.1')).not.toThrow();
});
it('an IPv6 address that is missing', () => {
  expect(() => checkInterface(facts, 'fd00::1')).toThrow(
    expect.objectContaining({ mend: 'ip address add fd00::1/64 dev eno1, or correct the config' }),
  );
});
it.each([
  [{ ...facts, up: false }, 'interface-down', 'interface eno1 is down', 'ip link set eno1 up'],
  [
    facts,
    'address-absent',
    'interface eno1 does not have address 192.0.2.2; it has 192.0.2.1, fe80::1',
    'ip address add 192.0.2.2/24 dev eno1, or correct the config',
  ],
  [
    { ...facts, addresses: [] },
    'address-absent',
    'interface eno1 does not have address 192.0.2.2; it has none',
    'ip address add 192.0.2.2/24 dev eno1, or correct the config',
  ],
])('refuses %j', (given, code, message, mend) => {
  try {
    checkInterface(given, '192.0.2.2');
  } catch (error) {
    expect(error).toBeInstanceOf(RackhandError);
    expect(error).toMatchObject({ code, message, mend });
    return;
  }
  throw new Error('not refused');
});

it.each([
  ['the same prefix', [24], true],
  ['a shared address beside the own one', [32, 24], true],
  ['a wider one', [16], false],
  ['a shared address alone', [32], false],
])('an interface in its subnet: %s', (_what, prefixes, fits) => {
  const addresses = prefixes.map((prefix, i) => ({ address: `192.0.2.${i + 1}`, prefix }));
  const check = () => checkInterface({ ...facts, addresses }, '192.0.2.1', '192.0.2.0/24');
  if (fits) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'subnet-differs' }));
});
