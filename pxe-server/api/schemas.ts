import { z } from 'zod';
import { Mac } from '../../builder/contract/fields.ts';
import { Manifest } from '../../builder/contract/manifest.ts';
import { Event } from '../events/journal.ts';
import { Arming, Host, HostDeclaration } from '../hosts/model.ts';
import { ERRORS, type ErrorCode } from './errors.ts';

/** Shapes of /api/v1; the OpenAPI document is made from these. */
export const ApiError = z.strictObject({
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  /** What the caller can do now. */
  mend: z.string(),
});

/** All of a host but what only the service itself needs, and what only its installer may read. */
export const HostView = Host.omit({ publicKey: true, declaredAs: true, install: true });
export const HostList = z.strictObject({ hosts: z.array(HostView) });
const listed = HostView.pick({ id: true, name: true, state: true, reason: true, stateSince: true });
/** A host as one line of a list: without its inventory. */
export const HostRow = z.strictObject({
  ...listed.shape,
  ...HostView.pick({ approved: true, arm: true, image: true, kickstart: true }).shape,
  ...HostView.pick({ serial: true, rack: true, unit: true, managementAddress: true }).shape,
  /** Declared and found in the machine, each once. */
  macs: z.array(z.string()),
});
export type HostRow = z.infer<typeof HostRow>;
export const HostRows = z.strictObject({ hosts: z.array(HostRow) });
export const IdParams = z.strictObject({
  id: z.string().max(253).describe('id or name of a host'),
});
export const QueueParams = z.strictObject({
  id: z
    .string()
    .max(253)
    .overwrite((text) => Mac.safeParse(text).data ?? text)
    .describe('id or name of a host, or a MAC in any writing'),
});
export const Removed = z.strictObject({ removed: z.string() });

export const ArmRequest = z.strictObject({ arm: Arming });
export const ApproveRequest = z.strictObject({
  name: HostDeclaration.shape.name.optional(),
  image: HostDeclaration.shape.image,
  arm: Arming.default('always'),
});
export const ImportRequest = z.strictObject({
  format: z.enum(['csv', 'yaml']),
  text: z.string().max(4 << 20),
  /** The file's name, for messages about its lines. */
  name: z.string().min(1).max(255).default('import'),
});
/** Names of the hosts by what became of them. */
export const ImportReply = z.strictObject({
  declared: z.array(z.string()),
  replaced: z.array(z.string()),
  unchanged: z.array(z.string()),
});

const eventId = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const ofHost = z.string().max(253).describe('id or name of a host').optional();
export const EventQuery = z.strictObject({
  after: eventId.optional().describe('read forwards: the oldest events behind this id'),
  before: eventId.optional().describe('read backwards: the newest events before this id'),
  host: ofHost,
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const EventList = z.strictObject({ events: z.array(Event) });
export const StreamQuery = z.strictObject({
  after: eventId.optional().describe('go on behind this id; absent: only what is new'),
  host: ofHost,
  hosts: z.enum(['true', 'false']).default('false').describe('also send each host that changes'),
});

/** A manifest, and when the image was built: null when its provenance is lost. */
export const ImageView = Manifest.extend({
  builtAt: z.iso.datetime().nullable(),
  tags: z.array(z.string()),
});
export type ImageView = z.infer<typeof ImageView>;
export const ImageList = z.strictObject({ images: z.array(ImageView), default: z.string().nullable() });
export const Pairing = z.strictObject({
  code: z.string(),
  expiresAt: z.string(),
  /** What the person types at the machine's console. */
  servers: z.array(z.string()),
  caFingerprint: z.string(),
});
export const PairingRequest = z.strictObject({
  /** Host that the code arms; absent: the machine becomes pending. */
  host: z.string().max(253).optional(),
});
export const MediumRequest = z.strictObject({ days: z.int().min(1).max(3650).default(90) });
/** What a medium of one host is told: rackhand images media --config takes it. */
export const Medium = z.strictObject({
  token: z.string(),
  expiresAt: z.string(),
  /** host:port of each agent endpoint. */
  servers: z.array(z.string()),
  /** Their authority, PEM. */
  certificate: z.string(),
  /** Addresses of images, in the order of the servers. */
  images: z.array(z.string()),
});
export const Status = z.strictObject({
  version: z.string(),
  startedAt: z.string(),
  /** Number of hosts by state. */
  hosts: z.record(z.string(), z.number()),
  images: z.number(),
  caFingerprint: z.string(),
});
