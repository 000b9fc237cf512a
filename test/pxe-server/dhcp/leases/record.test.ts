import { describe, expect, it } from 'vitest';
import { clientOf } from '../../../../pxe-server/dhcp/leases/columns.ts';
import type { Lease } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { leaseRecord, type StoredLease, storedRecord } from '../../../../pxe-server/dhcp/leases/record.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { type Network, parseCidr } from '../../../../pxe-server/net/ipv4.ts';

const FIRST = 0xc0000200;
const lease = (host: number, client: string, state: Lease['state'], expires: number): Lease => ({
  ...{ address: FIRST + host, client, state, expires },
});

/** What a log of some leases gives. */
function stored(leases: readonly Lease[]): StoredLease[] {
  const bytes = Buffer.alloc(64 << 10);
  let end = 0;
  for (const one of leases) end = leaseRecord.write(one, bytes, end);
  const found: StoredLease[] = [];
  for (let at = 0; at < end; ) at = storedRecord.read(bytes, at, (one) => found.push(one));
  return found;
}

describe('a lease read as numbers', () => {
  it.each([
    ['00:00:00:00:00:00'],
    ['ff:fe:fd:80:00:01'],
    ['52:54:00:AA:bb:cc'],
    ['52:54:00:aa:bb'],
    ['id/01 \u00ff\u0080 text'],
    [''],
  ])('has the client of its text: %j', (client) => {
    const written = lease(1, client, 'released', 1_800_000_000_123);
    expect(stored([written])).toEqual([{ ...written, client: clientOf(client) }]);
  });
  it('makes the table that texts make, whatever came before it', () => {
    const [a, b] = ['02:00:00:00:00:01', 'id/other'];
    const leases = [
      lease(1, a, 'bound', 500),
      lease(2, b, 'declined', 900),
      lease(3, a, 'bound', 400),
      lease(2, a, 'bound', 600),
      lease(1, b, 'released', 700),
      lease(4, b, 'declined', 800),
      lease(300, b, 'bound', 800),
    ];
    const network = parseCidr('192.0.2.0/24') as Network;
    for (let count = 1; count <= leases.length; count++) {
      const [byText, byNumbers] = [new LeaseTable([network]), new LeaseTable([network])];
      for (const one of leases.slice(0, count)) byText.load(one);
      for (const one of stored(leases.slice(0, count))) byNumbers.loadStored(one);
      expect([...byNumbers.all()]).toEqual([...byText.all()]);
      for (const client of [a, b]) expect(byNumbers.of(client, network)).toEqual(byText.of(client, network));
    }
    const full = new LeaseTable([network]);
    for (const one of stored(leases)) full.loadStored(one);
    expect([...full.all()]).toEqual([leases[4], leases[3], leases[2], leases[5]]);
    expect([full.of(a, network), full.of(b, network)]).toEqual([leases[3], leases[4]]);
  });
});
