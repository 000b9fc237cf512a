import { z } from 'zod';
import { Manifest } from '../../builder/contract/manifest.ts';
import { Event } from '../events/journal.ts';
import { Arming, Host, HostDeclaration } from '../hosts/model.ts';

/** Shapes of /api/v1; the OpenAPI document is made from these. */
export const ApiError = z.strictObject({ code: z.string(), message: z.string(), mend: z.string() });
export const HostView = Host.omit({ publicKey: true });
export const HostList = z.strictObject({ hosts: z.array(HostView) });
export const ArmRequest = z.strictObject({ arm: Arming });
export const ApproveRequest = z.strictObject({
  name: HostDeclaration.shape.name.optional(),
  image: HostDeclaration.shape.image,
  arm: Arming.default('always'),
});
export const ImportRequest = z.strictObject({
  format: z.enum(['csv', 'yaml']),
  text: z.string().max(4 << 20),
});
export const ImportReply = z.strictObject({ hosts: z.array(z.string()) });
export const EventQuery = z.strictObject({
  after: z.coerce.number().int().nonnegative().optional(),
  host: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const EventList = z.strictObject({ events: z.array(Event) });
export const ImageList = z.strictObject({ images: z.array(Manifest), default: z.string().nullable() });
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
export const Status = z.strictObject({
  version: z.string(),
  startedAt: z.string(),
  hosts: z.record(z.string(), z.number()),
  images: z.number(),
  caFingerprint: z.string(),
});
export const IdParams = z.strictObject({ id: z.string().max(253) });
