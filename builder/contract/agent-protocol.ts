import { z } from 'zod';
import { PEM_CERTIFICATE, PEM_REQUEST, Sha256, Token } from './fields.ts';
import { Inventory } from './inventory.ts';

/**
 * The manager's distinguished name, as libvirt writes it. One relative name only: the order in which GnuTLS, and so
 * `tls_allowed_dn_list`, writes several of them changed between releases.
 */
export const MANAGER_DN = 'CN=rackhand-manager';

/**
 * The agent's HTTPS protocol. Every request but `ca` and `pair` carries `Authorization: Bearer TOKEN`.
 *
 *  GET  /agent/v1/ca         → PEM of the endpoint's CA; the agent compares its DER SHA-256 with rackhand.ca
 *  POST /agent/v1/pair       PairRequest → PairReply (ISO by hand: pairing code → one-time token)
 *  POST /agent/v1/report     BootReport → 204  (from the initramfs; bearer: BootKey)
 *  POST /agent/v1/install    InstallReport → 204  (from an installer, as a form; bearer: the token in its kickstart)
 *  POST /agent/v1/register   RegisterRequest → 200 Registered | 202 Pending | 4xx Refusal
 *  POST /agent/v1/heartbeat  Heartbeat → HeartbeatReply        (bearer: Registered.sessionToken)
 *  POST /agent/v1/renew      RenewRequest → Registered          (bearer: Registered.sessionToken)
 *
 * 202 Pending: the token is for inventory only; the agent asks again with the same token after
 * `retrySeconds`, and gets 200 once a person has approved the host.
 * 401, 403, 409: a Refusal; the agent stops and shows its `message`. 429, 5xx and no answer: try again.
 */
export const RegisterRequest = z.strictObject({
  inventory: Inventory,
  csr: z.string().max(16384).regex(PEM_REQUEST, 'expected a PEM certificate request'),
});
export type RegisterRequest = z.infer<typeof RegisterRequest>;

export const Registered = z.strictObject({
  state: z.literal('registered'),
  hostId: z.string(),
  hostName: z.string(),
  /** Host's server certificate for libvirt TLS, PEM. */
  certificate: z.string().regex(PEM_CERTIFICATE),
  /** CA that signs managers' client certificates: libvirt's cacert.pem on the host. */
  clientCa: z.string().regex(PEM_CERTIFICATE),
  /** For libvirt's tls_allowed_dn_list: the manager's distinguished name. */
  managerDn: z.string(),
  /** Bearer of heartbeats and renewals, for this boot. */
  sessionToken: Token,
  heartbeatSeconds: z.int().positive(),
});
export type Registered = z.infer<typeof Registered>;

export const Pending = z.strictObject({
  state: z.literal('pending'),
  retrySeconds: z.int().positive(),
  message: z.string(),
});
export type Pending = z.infer<typeof Pending>;

export const Refusal = z.strictObject({ code: z.string(), message: z.string(), mend: z.string() });
export type Refusal = z.infer<typeof Refusal>;

export const PairRequest = z.strictObject({
  /** Eight digits that the web page shows for a minute; blanks and dashes are dropped. */
  code: z
    .string()
    .max(32)
    .overwrite((text) => text.replace(/[\s-]/g, ''))
    .regex(/^\d{8}$/, 'expected the eight digits that the web page shows'),
});
export const PairReply = z.strictObject({ token: Token });

export const Heartbeat = z.strictObject({
  /** Seconds since boot. */
  uptime: z.number().nonnegative(),
  /** Running guests, -1 when libvirt does not answer. */
  guests: z.int().min(-1),
  /** MiB. */
  memoryAvailable: z.int().nonnegative(),
  load: z.number().nonnegative(),
  addresses: Inventory.shape.addresses,
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const HeartbeatReply = z.strictObject({
  /** True: make a new certificate request and POST it to renew. */
  renew: z.boolean(),
  heartbeatSeconds: z.int().positive(),
});
export type HeartbeatReply = z.infer<typeof HeartbeatReply>;

export const RenewRequest = z.strictObject({ csr: RegisterRequest.shape.csr });

/** SHA-256 of the boot's token: whoever sees it on the way can report, and not register. */
export const BootKey = Sha256;

/** Why a boot goes no further, or takes longer; builder/initramfs/live writes it. */
export const BootReport = z.strictObject({
  code: z.enum(['memory-short', 'image-unreachable', 'image-truncated', 'image-wrong']),
  /** True when the machine has stopped and restarts later; false while it tries again. */
  final: z.boolean(),
  /** For people: one line of printable ASCII. */
  message: z
    .string()
    .min(1)
    .max(400)
    .regex(/^[\x20-\x7e]+$/, 'expected one line of printable ASCII'),
});
export type BootReport = z.infer<typeof BootReport>;

/** Bytes of a report with its logs, as a form. */
export const INSTALL_REPORT_BYTES = 64 * 1024;

/** What the scripts of a kickstart tell of an installation; kickstarts/snippets/report.ks.njk writes it. */
export const InstallReport = z.strictObject({
  /** `discovered`, `wiped`: it is done, and was to install nothing. */
  event: z.enum(['started', 'progress', 'failed', 'installed', 'wiped', 'discovered']),
  /** For people; an error of an installer has any length, and a report is worth more than the end of its words. */
  text: z
    .string()
    .overwrite((text) => text.slice(0, 2000))
    .default(''),
  /** Of the kickstart, from 1; "" where it is unknown. */
  line: z
    .string()
    .regex(/^\d{0,6}$/)
    .optional(),
  /** The ends of logs, lines of text; their ends count. */
  log: z
    .string()
    .overwrite((log) => log.slice(-20_000))
    .default(''),
});
export type InstallReport = z.infer<typeof InstallReport>;
