import { describe, expect, it } from 'vitest';
import { reservations, reservedIpv4 } from '../../../pxe-server/dhcp/reservations.ts';
import { reservedIpv6 } from '../../../pxe-server/dhcp6/reservations.ts';
import { HeldReplica } from '../../../pxe-server/roles/held-replica.ts';
import type { HostChanges } from '../../../pxe-server/roles/messages.ts';
import { host, told } from '../replica-fixture.ts';

const [A, B] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];
const [ONE, TWO] = [0xc0000201, 0xc0000202];
const a = host({ id: 'a', name: 'a', macs: [A], address: '192.0.2.1', address6: '2001:db8::1' });
const b = host({ id: 'b', name: 'b', macs: [B], address: '192.0.2.2' });

function holding(...hosts: (typeof a)[]) {
  const reserved = reservedIpv4();
  const reserved6 = reservedIpv6();
  const held = new HeldReplica([reserved, reserved6]);
  if (hosts.length > 0) held.take({ type: 'replica', replica: told({ hosts }) });
  const change = (changes: Partial<HostChanges>) =>
    held.take({ type: 'hosts', hosts: { changed: [], removed: [], ...changes } });
  return { held, change, v4: reservations(reserved), v6: reserved6 };
}

describe('what control told', () => {
  it('nothing is held of changes that come before all of it', () => {
    const { held, change, v4 } = holding();
    change({ changed: [a] });
    expect(held.now()).toBeUndefined();
    expect(v4.addressOf(A)).toBeUndefined();
  });
  it('changes take the place of what was, and leave all else', () => {
    const { held, change, v4, v6 } = holding(a, b);
    change({ changed: [{ ...a, arm: 'off', address: undefined }], removed: ['b', 'never seen'] });
    expect([...held.now()!.hosts]).toEqual([{ ...a, arm: 'off', address: undefined }]);
    expect(held.now()!.images).toEqual(told().images);
    const promised = [v4.addressOf(A), v4.clientOf(ONE), v4.addressOf(B), v4.clientOf(TWO)];
    expect(new Set(promised)).toEqual(new Set([undefined]));
    expect(v6.addressOf(A)).toBe(0x20010db8000000000000000000000001n);
  });
  it.each([
    ['the one that gets it first', [1, 0]],
    ['the one that had it first', [0, 1]],
  ])('an address and a MAC that move from one host to another: %s', (_what, order) => {
    const { change, v4 } = holding(a, b);
    const moved = [
      { ...a, macs: [B], address: '192.0.2.2' },
      { ...b, macs: [A], address: '192.0.2.1' },
    ];
    change({ changed: order.map((i) => moved[i]!) });
    expect([v4.addressOf(A), v4.addressOf(B)]).toEqual([ONE, TWO]);
    expect([v4.clientOf(ONE), v4.clientOf(TWO)]).toEqual([A, B]);
  });
  it('a host that is declared anew under another id keeps its address', () => {
    const { change, held, v4 } = holding(a);
    change({ changed: [{ ...a, id: 'new' }], removed: ['a'] });
    expect(v4.addressOf(A)).toBe(ONE);
    expect([...held.now()!.hosts].map(({ id }) => id)).toEqual(['new']);
  });
  it('all of it anew: nothing stays of what was', () => {
    const { held, v4 } = holding(a, b);
    held.take({ type: 'replica', replica: told({ hosts: [b], defaultImage: null }) });
    expect([...held.now()!.hosts]).toEqual([b]);
    expect(held.now()!.defaultImage).toBeNull();
    expect([v4.addressOf(A), v4.clientOf(ONE), v4.addressOf(B)]).toEqual([undefined, undefined, TWO]);
  });
});
