import { describe, expect, it } from 'vitest';
import { type Identified, refuseCollisions } from '../../../pxe-server/hosts/collisions.ts';

const MAC = '52:54:00:00:00:01';
const host = (name: string, change: Partial<Identified> = {}): Identified => ({
  ...{ id: `id-${name}`, name, approved: true, macs: [] },
  ...change,
});
const refused = (wanted: Identified[], others: Identified[]) => {
  try {
    refuseCollisions(wanted, others);
  } catch (error) {
    const { code, message, mend } = error as { code: string; message: string; mend: string };
    return `${code}: ${message}; ${mend}`;
  }
  return 'fine';
};

describe('refuseCollisions', () => {
  it.each([
    ['nothing shared', [host('a', { macs: [MAC] })], [host('b')], 'fine'],
    ['its own old self', [host('a', { macs: [MAC] })], [host('a', { macs: [MAC] })], 'fine'],
    ['a MAC named twice by one host', [host('a', { macs: [MAC, MAC] })], [], 'fine'],
    [
      'two that exchange their MACs',
      [host('a', { macs: [MAC] }), host('b')],
      [host('a'), host('b', { macs: [MAC] })],
      'fine',
    ],
    [
      'a MAC of another',
      [host('a', { macs: [MAC] })],
      [host('b', { macs: [MAC] })],
      `host-collides: MAC ${MAC}, wanted for a, belongs to host b; take MAC ${MAC} from one of the two, or remove b`,
    ],
    [
      'a serial of another in other letters',
      [host('a', { serial: 'ABC' })],
      [host('b', { serial: 'abc' })],
      'host-collides: serial abc, wanted for a, belongs to host b; take serial abc from one of the two, or remove b',
    ],
    [
      'a UUID of another, both wanted',
      [host('a', { uuid: 'U1' }), host('b', { uuid: 'u1' })],
      [],
      'host-collides: UUID u1, wanted for b, belongs to host a; take UUID u1 from one of the two, or remove a',
    ],
    [
      'an IPv6 address of another',
      [host('a', { address6: 'fd00::7' })],
      [host('b', { address6: 'fd00::7' })],
      'host-collides: address fd00::7, wanted for a, belongs to host b; take address fd00::7 from one of the two, or remove b',
    ],
    [
      'an address of another',
      [host('a', { address: '192.0.2.1' })],
      [host('b', { address: '192.0.2.1' })],
      'host-collides: address 192.0.2.1, wanted for a, belongs to host b; take address 192.0.2.1 from one of the two, or remove b',
    ],
    [
      'a name that is taken',
      [host('a')],
      [host('a', { id: 'other' })],
      'host-collides: name a belongs to a host that exists; change it instead: rackhand hosts set a …',
    ],
    [
      'a MAC of a machine that waits for approval',
      [host('a', { macs: [MAC] })],
      [host('pending-1', { macs: [MAC], approved: false })],
      `host-collides: MAC ${MAC}, wanted for a, belongs to host pending-1; remove the machine that waits for approval, and boot it again: rackhand hosts remove pending-1`,
    ],
  ])('%s', (_what, wanted, others, expected) => {
    expect(refused(wanted, others)).toBe(expected);
  });
  it('an empty serial or none is no identity', () => {
    expect(refused([host('a', { serial: '' }), host('b', { serial: '' }), host('c'), host('d')], [])).toBe(
      'fine',
    );
  });
});
