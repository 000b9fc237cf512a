import { z } from 'zod';
import { MOST_TEXT } from '../templates/names.ts';

const Name = z.string().max(200).describe('NAME.ks.njk, NAME, or FOLDER/NAME.njk with %2F');
const Count = z.coerce
  .number()
  .int()
  .nonnegative()
  .max(2 ** 31);
const Message = z.string().max(500).default('').describe('why, for the history');
const expected = z
  .int()
  .nonnegative()
  .describe('the newest version, from which the change was made; 0 when the site has none');
const untried = z
  .boolean()
  .default(false)
  .describe('accept it although hosts may get no kickstart by it; it has to load all the same');

export const TemplateParams = z.strictObject({ name: Name });

/** One version of a template, without its text. Number 0 is what is shipped, and has no time. */
export const TemplateVersion = z.strictObject({
  name: z.string(),
  version: z.int().nonnegative(),
  /** Null: taken away by this version; what is shipped by that name is live again. */
  sha256: z.string().nullable(),
  /** Name of an API token; "file" for the folder of the configuration, "rackhand" for what is shipped. */
  author: z.string(),
  time: z.iso.datetime().nullable(),
  message: z.string(),
});
export type TemplateVersion = z.infer<typeof TemplateVersion>;

export const TemplateRow = TemplateVersion.extend({
  shipped: z.boolean().describe('there is one of that name without the site'),
  live: z.boolean(),
  hosts: z.int().nonnegative().describe('that are installed by it, or by what includes it'),
});
export type TemplateRow = z.infer<typeof TemplateRow>;
export const TemplateList = z.strictObject({ templates: z.array(TemplateRow) });

export const TemplateQuery = z.strictObject({
  version: Count.optional().describe('absent: the newest'),
});
export const TemplateView = TemplateVersion.extend({
  text: z.string().nullable(),
  /** All versions, newest first. */
  history: z.array(TemplateVersion),
});
export type TemplateView = z.infer<typeof TemplateView>;

export const TemplateChange = z.strictObject({
  ...{ text: z.string().max(MOST_TEXT), expected, message: Message, untried },
});
export const TemplateRollback = z.strictObject({
  to: z.int().nonnegative().describe('0: as it is shipped, or away'),
  ...{ expected, message: Message, untried },
});
export const TemplateAccepted = z.strictObject({
  version: TemplateVersion,
  /** Hosts that it was tried on, of those that use it. */
  tried: z.int().nonnegative(),
  of: z.int().nonnegative(),
  /** Among them those that get no kickstart by it, and got none before. */
  without: z.array(z.strictObject({ host: z.string(), message: z.string() })),
});
export type TemplateAccepted = z.infer<typeof TemplateAccepted>;

export const DiffQuery = z.strictObject({
  from: Count,
  to: Count.optional().describe('absent: the newest'),
});
export const TemplateDiff = z.strictObject({
  name: z.string(),
  from: z.int(),
  to: z.int(),
  diff: z.string().describe('unified; empty when the texts are equal'),
});
export type TemplateDiff = z.infer<typeof TemplateDiff>;

const versions = z
  .record(z.string(), z.int())
  .describe("versions of the site's templates that it is made from");
/** A kickstart whose secrets are masked. */
export const ShownKickstart = z.strictObject({ template: z.string(), versions, text: z.string() });
export type ShownKickstart = z.infer<typeof ShownKickstart>;

export const TemplateTry = z.strictObject({
  host: z.string().max(253).describe('id or name of a host'),
  text: z.string().max(MOST_TEXT).optional().describe('one that nobody has saved'),
  version: z.int().nonnegative().optional().describe('a saved one; absent, and without a text: the newest'),
});

/** What a host was installed with last, what it would get now, and how they differ. */
export const HostKickstart = z.strictObject({
  host: z.string(),
  /** Null when nothing was delivered that is remembered. */
  installed: ShownKickstart.extend({ time: z.iso.datetime() }).nullable(),
  /** Null when it would get none; `fault` says why. */
  now: ShownKickstart.nullable(),
  fault: z.strictObject({ code: z.string(), message: z.string(), mend: z.string() }).nullable(),
  diff: z
    .string()
    .nullable()
    .describe('unified, from the one to the other; null when one of them is missing'),
});
export type HostKickstart = z.infer<typeof HostKickstart>;
