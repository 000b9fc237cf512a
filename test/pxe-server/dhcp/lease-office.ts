import { LeaseDesk } from '../../../pxe-server/dhcp/leases/desk.ts';
import type { ClientKey, Lease } from '../../../pxe-server/dhcp/leases/lease.ts';
import type { LeaseLog } from '../../../pxe-server/dhcp/leases/log.ts';
import { type LeaseOffice, officeOf } from '../../../pxe-server/dhcp/leases/questions.ts';
import { LeaseTable } from '../../../pxe-server/dhcp/leases/table.ts';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { subnetStates } from '../../../pxe-server/dhcp/subnets.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';

export interface TestOffice {
  office: LeaseOffice;
  desk: LeaseDesk;
  table: LeaseTable;
  /** MAC → address. */
  reserved: Map<string, string>;
  /** A lease of the table, its end in seconds from now. */
  put(address: string, client: ClientKey, state?: Lease['state'], seconds?: number): void;
  /** Parts that the pages came in. */
  parts(): number;
}

export const SUBNETS = [
  { cidr: '192.0.2.0/24', ranges: [{ from: '192.0.2.100', to: '192.0.2.199' }], router: '192.0.2.254' },
  { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.100', to: '198.51.100.199' }] },
].map((subnet) => Subnet.parse(subnet));

/** What the DHCP role has of leases, in memory; with a log where a test brings one. */
export function testOffice(now: () => number, log?: LeaseLog): TestOffice {
  const subnets = subnetStates(SUBNETS, ['192.0.2.1', '198.51.100.1'].map(ipv4Number));
  const table = new LeaseTable(subnets.map(({ pool }) => pool.network));
  const reserved = new Map<string, string>();
  const reservations = {
    addressOf: (client: string) => {
      const address = reserved.get(client);
      return address === undefined ? undefined : ipv4Number(address);
    },
    clientOf: (address: number) => [...reserved].find(([, text]) => ipv4Number(text) === address)?.[0],
  };
  const noLog = { commit: () => undefined } as unknown as LeaseLog;
  const desk = new LeaseDesk({ table, log: log ?? noLog, subnets, reservations, now });
  let parts = 0;
  const office = officeOf(async (question) => {
    if (question.ask === 'page') parts += 1;
    return structuredClone(desk.ask(structuredClone(question)));
  });
  return {
    ...{ office, desk, table, reserved },
    put(address, client, state = 'bound', seconds = 3600) {
      table.put({ address: ipv4Number(address), client, state, expires: now() + seconds * 1000 });
    },
    parts: () => parts,
  };
}
