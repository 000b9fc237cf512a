import { z } from 'zod';
import { Slug } from '../contract/fields.ts';

/** A path pattern from the root of the image, without a leading slash. */
export const Glob = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^/\0\n][^\0\n]*$/, 'expected a path pattern without a leading slash')
  .check(({ value, issues }) => {
    try {
      globToRegExp(value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.push({ code: 'custom', message: error.message, input: value });
    }
  });

/**
 * `**` any depth, `*` and `?` within a name, `{a,b}` alternatives; the whole path must match.
 * @throws SyntaxError for a brace that is not closed
 */
export function globToRegExp(glob: string): RegExp {
  let pattern = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at]!;
    if (char === '*' && glob[at + 1] === '*') {
      at++;
      if (glob[at + 1] === '/') {
        at++;
        pattern += '(?:[^/]+/)*';
      } else pattern += '.*';
    } else if (char === '*') pattern += '[^/]*';
    else if (char === '?') pattern += '[^/]';
    else if (char === '{') {
      depth++;
      pattern += '(?:';
    } else if (char === '}' && depth > 0) {
      depth--;
      pattern += ')';
    } else if (char === ',' && depth > 0) pattern += '|';
    else pattern += char.replace(/[.+^$()|[\]\\{}]/g, '\\$&');
  }
  if (depth > 0) throw new SyntaxError(`unclosed { in pattern ${glob}`);
  return new RegExp(`^${pattern}$`, 's');
}

export const VERBS = ['drop', 'keep', 'drop-package', 'keep-package', 'drop-module', 'keep-module'] as const;
export type Verb = (typeof VERBS)[number];

const Patterns = z.array(Glob).min(1).optional();

/**
 * One rule. Of the rules that match a path, the last decides; what none names stays.
 *
 * drop, keep                  paths
 * drop-package, keep-package  names of packages: their files, but for kernel modules and for files that another
 *                             package has too
 * drop-module, keep-module    kernel modules, by name (`nouveau`, `snd*`) or by place in the kernel's tree
 *                             (`kernel/sound/**`); the package that carries them does not matter
 */
export const StripRule = z
  .strictObject({
    drop: Patterns,
    keep: Patterns,
    'drop-package': Patterns,
    'keep-package': Patterns,
    'drop-module': Patterns,
    'keep-module': Patterns,
    because: z.string().min(3),
    /** A dropped file stays when something that is kept needs it: a library, a driver's firmware, a module. */
    unless: z.literal('needed').optional(),
    /** A dropped file goes although something names it; the manifest lists it as absent on purpose. */
    'even-if': z.literal('needed').optional(),
  })
  .refine((rule) => VERBS.filter((verb) => rule[verb] !== undefined).length === 1, {
    error: `expected exactly one of ${VERBS.join(', ')}`,
  })
  .refine((rule) => rule.unless === undefined || rule['even-if'] === undefined, {
    error: 'expected one of unless and even-if, not both',
  })
  .refine(
    (rule) =>
      (rule.unless === undefined && rule['even-if'] === undefined) ||
      VERBS.some((verb) => verb.startsWith('drop') && rule[verb] !== undefined),
    { error: 'unless and even-if belong to what is dropped' },
  );
export type StripRule = z.infer<typeof StripRule>;

/** `images/recipes/rules/NAME.yaml` */
export const RuleSet = z.strictObject({ about: z.string().min(3), rules: z.array(StripRule) });

/** In a recipe: rules of its own, and where the rules of a shared set come in. */
export const StripEntry = z.union([z.strictObject({ use: Slug }), StripRule]);
export type StripEntry = z.infer<typeof StripEntry>;

/** For the initramfs: of the image's modules, those it takes. */
export const InitramfsEntry = StripEntry.refine(
  (entry) => 'use' in entry || entry['drop-module'] !== undefined || entry['keep-module'] !== undefined,
  { error: 'expected use, drop-module or keep-module' },
).refine((entry) => 'use' in entry || entry['even-if'] === undefined, {
  error: 'what a module of the initramfs depends on always comes with it',
});

/** A rule with its place: what reports, proofs and `rackhand why` name. */
export interface PlacedRule {
  verb: Verb;
  patterns: string[];
  because: string;
  needed: 'stays' | 'goes' | undefined;
  /** "hypervisor.yaml:41" */
  at: string;
}
