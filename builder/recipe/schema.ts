import { z } from 'zod';
import { KernelArgument, Slug } from '../contract/fields.ts';

/** A path pattern from the root of the image, without a leading slash: `**`, `*`, `?`, `{a,b}`. */
const Glob = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^/\0\n][^\0\n]*$/, 'expected a path pattern without a leading slash');

/** What dnf is asked for: a package name, NEVRA or group without options or blanks. */
const PackageSpec = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9@][A-Za-z0-9._+:~^@*-]*$/, 'expected a package name as dnf takes it');

const UnitName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_.\\:-]+(@[A-Za-z0-9_.\\:-]*)?\.(service|socket|timer|target|path|mount)$/, {
    error: 'expected a unit name such as sshd.service',
  });

/** A URL in which `${name}` stands for a variable of the build; a variable may be all of its beginning. */
const Url = z
  .string()
  .max(1024)
  .regex(
    /^((https?|file):\/\/|\$\{[a-z][a-z0-9]*\})([A-Za-z0-9._~:/?@!&=%+-]|\$\{[a-z][a-z0-9]*\})*$/,
    'expected an http, https or file URL',
  );

/** What a URL is once its variables are filled in. */
export const FilledUrl = z.string().regex(/^(https?|file):\/\/[A-Za-z0-9._~:/?@!&=%+-]+$/);

/** Fingerprint of an OpenPGP key, blanks allowed. */
const Fingerprint = z
  .string()
  .transform((text) => text.replaceAll(' ', '').toUpperCase())
  .pipe(z.string().regex(/^([0-9A-F]{40}|[0-9A-F]{64})$/, 'expected 40 or 64 hex digits'));

export const Repository = z
  .strictObject({
    id: Slug,
    baseurl: Url.optional(),
    metalink: Url.optional(),
    /** URL of the armoured public key that signs the packages. Checking cannot be switched off. */
    gpgkey: Url,
    /** When given, the key file must hold this key and no other. */
    fingerprint: Fingerprint.optional(),
    gpgcheck: z.literal(true, 'package signatures are always checked').default(true),
  })
  .refine((repository) => (repository.baseurl === undefined) !== (repository.metalink === undefined), {
    error: 'expected exactly one of baseurl and metalink',
  });
export type Repository = z.infer<typeof Repository>;

export const Recipe = z.strictObject({
  name: Slug,
  description: z.string().default(''),
  base: z.enum(['el8', 'el9', 'el10']),
  releasever: z.string().regex(/^[0-9]+(\.[0-9]+)?$/),
  arch: z.enum(['x86_64']),
  /** Values of `${name}` in URLs when the command line gives none. */
  variables: z
    .record(z.string().regex(/^[a-z][a-z0-9]*$/, 'expected lower-case letters and digits'), z.string())
    .default({}),
  repositories: z.array(Repository).min(1),
  packages: z.array(PackageSpec).min(1),
  exclude: z.array(PackageSpec).default([]),
  libvirt: z.enum(['monolithic', 'modular']),
  kernelArguments: z.array(KernelArgument).default([]),
  services: z
    .strictObject({
      enable: z.array(UnitName).default([]),
      disable: z.array(UnitName).default([]),
      mask: z.array(UnitName).default([]),
    })
    .default({ enable: [], disable: [], mask: [] }),
  /** File with the strip rules, relative to the recipe. */
  rules: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*\.yaml$/, 'expected a YAML file beside the recipe'),
  compression: z.strictObject({
    squashfs: z.enum(['zstd-1', 'zstd-3', 'zstd-15', 'zstd-19', 'xz']),
    initramfs: z.enum(['zstd-3', 'zstd-10', 'zstd-19', 'xz']),
  }),
  /** MiB. */
  ramRequired: z.int().min(512),
});
export type Recipe = z.infer<typeof Recipe>;

const Phase = z.enum(['strip', 'initramfs']).default('strip');

/** First match decides; what no rule names stays. */
export const FileRule = z
  .strictObject({
    name: Slug,
    reason: z.string().min(1),
    keep: z.array(Glob).optional(),
    drop: z.array(Glob).optional(),
    /** Names of packages (with `*`) whose files are meant too. */
    packages: z.array(z.string()).optional(),
    /** Removed after this stage: what dracut still needs goes after `initramfs`. */
    after: Phase,
  })
  .refine((rule) => (rule.keep === undefined) !== (rule.drop === undefined), {
    error: 'expected exactly one of keep and drop',
  });
export type FileRule = z.infer<typeof FileRule>;

/** Patterns over paths below /usr/lib/modules/VERSION without `.ko` and compression; default is drop. */
export const ModuleRule = z
  .strictObject({
    reason: z.string().min(1),
    keep: z.array(Glob).optional(),
    drop: z.array(Glob).optional(),
  })
  .refine((rule) => (rule.keep === undefined) !== (rule.drop === undefined), {
    error: 'expected exactly one of keep and drop',
  });
export type ModuleRule = z.infer<typeof ModuleRule>;

export const StripRules = z.strictObject({
  files: z.array(FileRule),
  modules: z.array(ModuleRule),
  firmware: z.strictObject({ keep: z.array(Glob).default([]) }).default({ keep: [] }),
});
export type StripRules = z.infer<typeof StripRules>;
