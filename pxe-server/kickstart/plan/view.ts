import { z } from 'zod';
import { InstallPlan, type InstallStep } from '../../../builder/contract/install-plan.ts';
import { RELEASES } from '../releases.ts';

const Refused = z.strictObject({
  code: z.string(),
  message: z.string(),
  mend: z.string(),
  /** Lines and columns count from 1; `end` is the column after. */
  place: z.strictObject({ file: z.string(), line: z.int(), column: z.int(), end: z.int() }),
  /** For people: place, the line without its secrets, and the mend. */
  told: z.string(),
});

/** A dry run: what would be done to a host’s machine, or why it cannot be. */
export const PlanView = z.strictObject({
  host: z.string(),
  /** The template. */
  kickstart: z.string(),
  release: z.enum(RELEASES),
  /** Null when it is refused. Secrets are "***". */
  plan: InstallPlan.nullable(),
  refused: z.array(Refused),
  /** Disks before and after, and the steps, for people; empty when it is refused. */
  picture: z.string(),
});
export type PlanView = z.infer<typeof PlanView>;

const MASK = '***';

/**
 * The plan for people and scripts to look at: nothing in it lets anybody in.
 * @param mask for any text of a step
 */
export function maskedPlan(plan: InstallPlan, mask: (text: string) => string): InstallPlan {
  return { ...plan, steps: plan.steps.map((step) => maskedStep(step, mask)) };
}

function maskedStep(step: InstallStep, mask: (text: string) => string): InstallStep {
  const masked = Object.entries(step).map(([key, value]) => {
    if (key === 'passphrase') return [key, MASK];
    if (key === 'passwordHash') return [key, /^[!*]/.test(String(value)) ? value : MASK];
    return [key, typeof value === 'string' ? mask(value) : value];
  });
  return Object.fromEntries(masked) as InstallStep;
}
