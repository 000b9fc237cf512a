import { z } from 'zod';
import { FORMATS } from '../dhcp/formats/formats.ts';
import { LEASE_STATES, OVERRULED } from '../dhcp/leases/questions.ts';
import { HostState } from '../hosts/model.ts';

/** Shapes of /api/v1/leases. */
export const LeaseRow = z.strictObject({
  address: z.string(),
  /** MAC, or "id:" and the client identifier in hexadecimal. */
  client: z.string(),
  /** "192.0.2.0/24" */
  subnet: z.string().nullable(),
  /** What such a machine is given a lease for in that subnet. */
  leaseSeconds: z.int(),
  state: z.enum(LEASE_STATES),
  /** ISO time; when the address is free again. */
  ends: z.string(),
  /** What the machine did last, and when, as far as it can be told. */
  seen: z.strictObject({
    how: z.enum(['leased', 'offered', 'released', 'declined']),
    at: z.string().nullable(),
  }),
  host: z.strictObject({ id: z.string(), name: z.string(), state: HostState }).nullable(),
  /** The address is promised to the host. */
  reserved: z.boolean(),
});
export type LeaseRow = z.infer<typeof LeaseRow>;

export const LeaseQuery = z.strictObject({
  after: z.ipv4().optional().describe('leases of greater addresses alone: `next` of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  state: z
    .enum([...LEASE_STATES, 'live', 'all'])
    .default('live')
    .describe('live: neither ended nor released'),
  subnet: z.string().max(18).optional().describe('192.0.2.0/24'),
  host: z.string().max(253).optional().describe('id or name of a host'),
  search: z.string().max(253).optional().describe('part of an address, of a MAC, or of the name of a host'),
});
export type LeaseQuery = z.infer<typeof LeaseQuery>;

export const LeaseList = z.strictObject({
  /** By address. */
  leases: z.array(LeaseRow),
  /** For `after` of the next page; null behind the last lease. */
  next: z.string().nullable(),
  /** Leases in memory, whatever their state. */
  total: z.int(),
});
export type LeaseList = z.infer<typeof LeaseList>;

export const LeaseParams = z.strictObject({
  lease: z.string().max(520).describe('an address, or a MAC for all leases of that machine'),
});
export const LeasesReleased = z.strictObject({
  released: z.array(z.strictObject({ address: z.string(), client: z.string() })),
});

/** Bytes of a lease file: more than any import of LEASES_AT_ONCE needs. */
export const LEASE_FILE_BYTES = 16 << 20;
/** Leases of one import while machines wait. */
export const LEASES_AT_ONCE = 20_000;

export const LeaseImportRequest = z.strictObject({
  text: z.string().max(LEASE_FILE_BYTES),
  /** Told by the text when absent. */
  format: z.enum(FORMATS).optional(),
  /** The file's name, for messages about its lines. */
  name: z.string().min(1).max(255).default('import'),
  /** leased: a lease takes the place of another's; reserved: it counts though the address is promised. */
  take: z.array(z.enum(OVERRULED)).max(2).default([]),
  /** Only tell what would be done. */
  dryRun: z.boolean().default(false),
});
export const LeaseImportReply = z.strictObject({
  /** Leases that are ours now. */
  taken: z.int(),
  leftOut: z.array(
    z.strictObject({
      line: z.int(),
      address: z.string(),
      client: z.string(),
      why: z.enum([
        'unserved',
        'excluded',
        'outside',
        'leased',
        'elsewhere',
        'reserved',
        'ended',
        'unchanged',
      ]),
      /** For people. */
      told: z.string(),
    }),
  ),
  /** Reservations in the file: hosts are declared by `rackhand hosts import`. */
  reservations: z.int(),
});
export type LeaseImportReply = z.infer<typeof LeaseImportReply>;
