import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Lease } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseLog } from '../../../../pxe-server/dhcp/leases/log.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { seeded } from '../../../shared/random.ts';

const network = parseCidr('10.0.0.0/16')!;
/** Commits of a run; `RACKHAND_FULL=1 vitest run --project unit crash-model` makes many more. */
const STEPS = process.env.RACKHAND_FULL ? 5000 : 60;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-crash-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(path: string) {
  const table = new LeaseTable([network]);
  const log = new LeaseLog(path, (lease) => table.load(lease));
  return { table, log };
}

/** Leases by address, offers left out. */
function told(table: LeaseTable): Map<number, Lease> {
  const leases = [...table.all()].filter(({ state }) => state !== 'offered');
  return new Map(leases.sort((a, b) => a.address - b.address).map((lease) => [lease.address, lease]));
}

it.each([1, 2])(
  'random commits and crashes: what was committed is there, the rest is not (seed %i)',
  { timeout: 600_000 },
  (seed) => {
    const random = seeded(seed);
    const pick = (count: number) => Math.floor(random() * count);
    const path = join(folder, 'leases.log');
    const counts = { crashes: 0, torn: 0 };
    let { table, log } = open(path);
    for (let step = 0; step < STEPS; step++) {
      const kind = pick(6);
      const before = kind === 1 ? told(table) : undefined;
      const fileBefore = kind === 1 ? readFileSync(path) : Buffer.alloc(0);
      const batch = Array.from({ length: 1 + pick(pick(10) === 0 ? 200 : 4) }, (): Lease => {
        const state = (['bound', 'bound', 'released', 'declined'] as const)[pick(4)]!;
        return { address: network.first + 1 + pick(900), client: `id:${pick(500)}`, state, expires: step };
      });
      for (const lease of batch) log.add(lease);
      log.commit(table);
      for (const lease of batch) table.put(lease);
      if (kind === 0) {
        // The machine dies: only what is on the disk is left, at whatever moment of writing the log anew.
        counts.crashes += 1;
        const expected = told(table);
        log.close();
        if (pick(2) === 0) writeFileSync(`${path}.new`, 'half of a log');
        ({ table, log } = open(path));
        expect(told(table)).toEqual(expected);
      } else if (kind === 1) {
        // It dies during this commit: any part of its bytes may be there.
        counts.torn += 1;
        const whole = readFileSync(path);
        const torn = Buffer.concat([fileBefore, Buffer.alloc(Math.max(0, whole.length - fileBefore.length))]);
        const changed = [...torn.keys()].filter((i) => torn[i] !== whole[i]);
        const cut = pick(changed.length);
        for (const i of changed.slice(0, cut)) torn[i] = whole[i]!;
        const copy = join(folder, 'torn.log');
        writeFileSync(copy, torn);
        const after = open(copy);
        expect(told(after.table)).toEqual(before);
        after.log.close();
      }
    }
    copyFileSync(path, join(folder, 'last.log'));
    const last = open(join(folder, 'last.log'));
    expect(told(last.table)).toEqual(told(table));
    last.log.close();
    log.close();
    expect(counts.crashes).toBeGreaterThan(3);
    expect(counts.torn).toBeGreaterThan(3);
  },
);
