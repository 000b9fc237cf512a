import { z } from 'zod';

/**
 * What `rackhand-health --json` prints on a host; the script is builder/overlay/root/usr/bin/rackhand-health. Its
 * exit code is the place of the worst state in this list: 0, 1 or 2.
 */
export const HealthState = z.enum(['ok', 'warning', 'failed']);
export type HealthState = z.infer<typeof HealthState>;

export const HealthCheckName = z.enum([
  'kvm',
  'guest',
  'vhost',
  'bridge',
  'selinux',
  'units',
  'time',
  'storage',
  'network',
  'memory',
]);
export type HealthCheckName = z.infer<typeof HealthCheckName>;

export const HealthCheck = z.strictObject({
  name: HealthCheckName,
  state: HealthState,
  /** For people: one line of printable ASCII. */
  message: z.string().max(400),
  /** What to do; absent when all is well. */
  mend: z.string().max(400).optional(),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const Health = z.strictObject({
  schema: z.literal(1),
  /** The worst of the checks. */
  state: HealthState,
  /** The build's id, as in /etc/rackhand/image.json. */
  image: z.string(),
  host: z.string(),
  at: z.iso.datetime(),
  checks: z.array(HealthCheck).min(1),
});
export type Health = z.infer<typeof Health>;
