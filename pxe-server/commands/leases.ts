import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { writeOutput } from '../../builder/shared/output.ts';
import type { LeaseQuery, LeaseRow } from '../api/lease-schemas.ts';
import type { ExportedLease } from '../dhcp/formats/entries.ts';
import {
  FORMATS,
  type Format,
  hostsFile,
  readLeaseFile,
  writeLeases,
  writeReservations,
} from '../dhcp/formats/formats.ts';
import { LEASE_STATES, OVERRULED, type Overruled } from '../dhcp/leases/questions.ts';
import { ipv4Number } from '../net/ipv4.ts';
import { hostsFormat } from './hosts-format.ts';
import { type LeaseSource, leasesOfService } from './lease-source.ts';
import { importText, leaseTable } from './lease-tell.ts';
import { type ApiOptions, openClient, withApiOptions } from './session.ts';
import { wholeNumber } from './whole-number.ts';

type Write = (text: string) => void;

interface LeaseOptions extends ApiOptions {
  offline?: string;
}

type Listing = LeaseOptions &
  Pick<LeaseQuery, 'subnet' | 'host'> & { state: LeaseQuery['state']; limit?: number };

/** Leases of one page of the API. */
const PAGE = 1000;

/** `rackhand leases …`: who has which address, and files of other DHCP servers in and out. */
export function addLeaseCommands(
  program: Command,
  write: Write = (text) => process.stdout.write(text),
): void {
  const leases = program.command('leases').description('who has which address; take over and hand on leases');
  const verb = (usage: string, about: string) =>
    withApiOptions(leases.command(usage).description(about)).option(
      '--offline <config>',
      'work on the state folder of that configuration, with the service stopped',
    );
  const tell = <T>(options: LeaseOptions, answer: T, text: (answer: T) => string) =>
    write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));

  verb('list [search]', 'leases by address; with part of an address, of a MAC, or of the name of a host')
    .addOption(
      new Option('--state <state>', 'which ones').choices(['live', 'all', ...LEASE_STATES]).default('live'),
    )
    .option('--subnet <network>', 'of a subnet, 192.0.2.0/24')
    .option('--host <name>', 'of a host, by name or id')
    .option('--limit <number>', 'no more than so many', wholeNumber(1, 10_000_000))
    .action((search: string | undefined, { state, subnet, host, limit, ...options }: Listing) =>
      withSource(options, async (source) => {
        const query = { state, subnet, host, search, limit: Math.min(limit ?? PAGE, PAGE) };
        const rows: LeaseRow[] = [];
        for await (const row of all(source, query)) if (rows.push(row) === limit) break;
        tell(options, { leases: rows }, (answer) => leaseTable(answer.leases));
      }),
    );
  verb(
    'release <lease>',
    'take back the lease of an address, or all of a MAC; its machine is not told',
  ).action((which: string, options: LeaseOptions) =>
    withSource(options, async (source) =>
      tell(options, await source.release(which), ({ released }) =>
        released.map(({ address, client }) => `${address}: taken back from ${client}\n`).join(''),
      ),
    ),
  );
  verb('import <file>', 'take over the leases of another DHCP server: all that fit, or none')
    .addOption(new Option('--format <name>', 'whose file; told by the file when left out').choices(FORMATS))
    .addOption(
      new Option(
        '--take <what...>',
        'take those too that another machine has (leased), or whose address is promised (reserved)',
      )
        .choices(OVERRULED)
        .default([]),
    )
    .option('--dry-run', 'only tell what would be done', false)
    .option('--hosts <file>', 'write the reservations there (.csv, .yaml), for rackhand hosts import')
    .action((file: string, { format, take, dryRun, hosts, ...options }: Importing) =>
      withSource(options, async (source) => {
        const written = hosts === undefined ? undefined : hostsFormat(hosts);
        const text = await readText(file);
        // Read here too: a file without a fault in it is sent, and the reservations are wanted.
        const { reservations } = readLeaseFile(text, file, format);
        const answer = await source.import({ text, name: basename(file), format, take, dryRun });
        if (hosts !== undefined && !dryRun)
          await writeOutput(hosts, hostsFile(reservations, written), { option: '--hosts' });
        tell(options, answer, (told) => importText(told, file, dryRun, hosts));
      }),
    );
  verb('export [file]', 'all leases as a file of another DHCP server; without a file they are printed')
    .addOption(new Option('--format <name>', 'for whom').choices(FORMATS).makeOptionMandatory())
    .option('--reservations', 'the addresses that hosts were promised instead', false)
    .action((file: string | undefined, { format, reservations, ...options }: Exporting) =>
      withSource(options, async (source) => {
        const parts = await (reservations ? promised : exported)(source, format);
        const text = [...parts].join('');
        if (file === undefined || file === '-') return write(text);
        await writeOutput(file, text, { option: 'leases export' });
        write(`${file}: written for ${format}\n`);
      }),
    );
}

type Exporting = LeaseOptions & { format: Format; reservations: boolean };
type Importing = LeaseOptions & { format?: Format; take: Overruled[]; dryRun: boolean; hosts?: string };

async function withSource<T>(options: LeaseOptions, work: (source: LeaseSource) => Promise<T>): Promise<T> {
  if (options.offline !== undefined) {
    // Loaded when it is wanted: with it come the database and libc.
    const { withStoppedService } = await import('./leases-offline.ts');
    return withStoppedService(options.offline, work);
  }
  return work(leasesOfService(await openClient(options)));
}

/** Page by page; the leases may change meanwhile, but each address comes once. */
async function* all(source: LeaseSource, query: LeaseQuery): AsyncGenerator<LeaseRow> {
  for (let after = query.after; ; ) {
    const page = await source.list({ ...query, after });
    yield* page.leases;
    if (page.next === null) return;
    after = page.next;
  }
}

async function exported(source: LeaseSource, format: Format): Promise<Iterable<string>> {
  const leases: ExportedLease[] = [];
  const subnets: string[] = [];
  const now = Date.now();
  for await (const row of all(source, { state: 'all', limit: PAGE })) {
    const subnet = row.subnet ?? '';
    if (!subnets.includes(subnet)) subnets.push(subnet);
    const ends = Date.parse(row.ends);
    leases.push({
      ...{ address: row.address, client: row.client, expires: ends },
      state: row.state === 'ended' ? 'bound' : row.state,
      ...(row.host ? { hostName: row.host.name } : {}),
      leaseSeconds: row.leaseSeconds,
      subnetId: subnets.indexOf(subnet) + 1,
    });
  }
  return writeLeases(leases, format, now);
}

async function promised(source: LeaseSource, format: Format): Promise<Iterable<string>> {
  const hosts = await source.hosts();
  const reservations = hosts.flatMap(({ name, macs, address }) =>
    address !== undefined && macs[0] !== undefined ? [{ name, macs: [macs[0]], address }] : [],
  );
  reservations.sort((a, b) => ipv4Number(a.address) - ipv4Number(b.address));
  return writeReservations(reservations, format);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (cause) {
    const what = `cannot read ${file}: ${errno(cause) ?? 'error'}`;
    throw new RackhandError('leases-invalid', what, 'name a file with leases', { cause });
  }
}
