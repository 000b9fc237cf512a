import { z } from 'zod';
import { REACHES } from '../trace/attempt.ts';

/** Shapes of what is told of boot attempts; times are ISO. */
export const BootStep = z.strictObject({
  /** Number within the attempt, from 0: what the evidence of a diagnosis names. */
  number: z.int().nonnegative(),
  time: z.string(),
  layer: z.enum(['dhcp', 'arp', 'tftp', 'http', 'script', 'report', 'agent', 'installer', 'note']),
  /** From the machine, from us, from somebody else, or found out. */
  direction: z.enum(['in', 'out', 'other', 'note']),
  message: z.string(),
  /** So many times in a row, and when last. */
  times: z.int().positive(),
  until: z.string(),
  /** Its packet is in the pcapng. */
  packet: z.boolean(),
});
export type BootStep = z.infer<typeof BootStep>;

export const BootDiagnosis = z.strictObject({
  kind: z.string(),
  effect: z.enum(['stops', 'slows', 'notes']),
  certainty: z.enum(['certain', 'likely', 'possible']),
  what: z.string(),
  mend: z.string(),
  /** Numbers of steps. */
  evidence: z.array(z.int().nonnegative()),
});
export type BootDiagnosis = z.infer<typeof BootDiagnosis>;

const summary = {
  /** When it began: names the attempt. */
  boot: z.iso.datetime(),
  mac: z.string().nullable(),
  reach: z.enum(REACHES),
};
export const BootAnswer = z.strictObject({
  host: z.string(),
  ...summary,
  diagnoses: z.array(BootDiagnosis),
  steps: z.array(BootStep),
  /** Steps and packets for which there was no place. */
  left: z.int().nonnegative(),
  /** All attempts that are kept, newest first. */
  boots: z.array(
    z.strictObject({ ...summary, steps: z.int().nonnegative(), diagnosis: z.string().nullable() }),
  ),
});
export type BootAnswer = z.infer<typeof BootAnswer>;
export const BootQuery = z.strictObject({
  boot: z.iso.datetime().optional().describe('the attempt that began then; absent: the last one'),
});
