import { z } from 'zod';
import { Sha256, Slug } from './fields.ts';
import { Health } from './health.ts';

/**
 * `rackhand images test`: what a machine tells of itself on the port `rackhand.health`, and what is recorded beside the
 * manifest. The image's side is builder/overlay/root/usr/libexec/rackhand/health-channel.
 */

/** Ways to start a machine that an image may claim. */
export const TrialMode = z.enum([
  'pxe-bios',
  'pxe-uefi',
  'http-uefi',
  'pxe-secure',
  'iso-bios',
  'iso-uefi',
  'iso-secure',
  'usb-secure',
  'usb-keeps',
  'usb-told',
  'netiso-bios',
  'netiso-uefi',
  /** Must be refused. */
  'tampered-kernel',
  'tampered-image',
]);
export type TrialMode = z.infer<typeof TrialMode>;

/** Microseconds of the kernel's clock. */
const Microseconds = z.number().nonnegative();

/** A moment of the start: a unit begins or is there, or the live module says something. */
export const StartStep = z.union([
  z.object({ at: Microseconds, unit: z.string().max(256), what: z.enum(['begins', 'done']) }),
  z.object({ at: Microseconds, says: z.string().max(256) }),
]);
export type StartStep = z.infer<typeof StartStep>;

export const StartReport = z.object({
  kind: z.literal('start'),
  clock: z.object({
    initrd: Microseconds.optional(),
    userspace: Microseconds.optional(),
    finish: Microseconds.optional(),
  }),
  /** Fingerprint of the host's SSH key. */
  identity: z.string().max(200),
  /** The partition that keeps what the host is; empty where there is none. */
  state: z.string().max(200),
  /** What the host is lies on that partition. */
  saved: z.boolean().default(false),
  steps: z.array(StartStep).max(20_000),
});
export type StartReport = z.infer<typeof StartReport>;

/** Seconds since the kernel's start, at the moment of the line. */
export const ClockReport = z.object({ kind: z.literal('clock'), uptime: z.number().nonnegative() });

export const ChannelLine = z.union([
  z.object({ kind: z.literal('health'), health: Health }),
  StartReport,
  ClockReport,
]);
export type ChannelLine = z.infer<typeof ChannelLine>;

const Seconds = z.number().nonnegative();

/** Seconds after power-on; what did not happen or could not be seen is absent. */
export const Moments = z.strictObject({
  /** The firmware has handed over: a loader shows, or the machine asks the network. */
  loader: Seconds.optional(),
  kernel: Seconds.optional(),
  initramfs: Seconds.optional(),
  system: Seconds.optional(),
  /** The last unit of the start is there. */
  started: Seconds.optional(),
  healthy: Seconds.optional(),
});
export type Moments = z.infer<typeof Moments>;

/** Bytes of a log or a screen that none exceeds. */
export const TRIAL_FILE_BYTES = 64 << 20;

export const TrialFile = z.strictObject({
  file: Slug,
  size: z.int().nonnegative().max(TRIAL_FILE_BYTES),
  sha256: Sha256,
});
export type TrialFile = z.infer<typeof TrialFile>;

export const TrialRun = z.strictObject({
  mode: TrialMode,
  result: z.enum(['passed', 'failed']),
  /** For people: one sentence. */
  why: z.string().max(2000),
  at: z.iso.datetime(),
  /** Machine that it was tried on. */
  machine: z.strictObject({
    accelerator: z.enum(['kvm', 'tcg']),
    memory: z.int().positive(),
    qemu: z.string(),
  }),
  moments: Moments,
  health: Health.optional(),
  /** What took longest in the initramfs and in the system. */
  longest: z.array(z.strictObject({ what: z.string(), from: Seconds, seconds: Seconds })).default([]),
  /** Serial log and screen, beside this file. */
  files: z.array(TrialFile),
});
export type TrialRun = z.infer<typeof TrialRun>;

/** `tests/result.json`, with the signature of who ran the test. */
export const TrialResult = z.strictObject({
  schema: z.literal(1),
  image: z.string(),
  /** Of the manifest: a result is of these bytes. */
  manifestSha256: Sha256,
  builderVersion: z.string(),
  runs: z.array(TrialRun),
});
export type TrialResult = z.infer<typeof TrialResult>;
