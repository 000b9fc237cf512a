import { z } from 'zod';
import { Architecture } from '../contract/architecture.ts';
import { KernelArgument, Slug } from '../contract/fields.ts';
import { Budget } from './budget.ts';
import { HYPERVISOR_KEYS } from './hypervisor.ts';
import { MEDIA_KEYS } from './media.ts';
import { InitramfsEntry, StripEntry } from './strip-rules.ts';

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
    /^((https?|file):\/\/|\$\{[a-z][a-z0-9]*\})([A-Za-z0-9._~:/?@!&=%+,-]|\$\{[a-z][a-z0-9]*\})*$/,
    'expected an http, https or file URL',
  );

/** What a URL is once its variables are filled in; a file has a full path. */
export const FilledUrl = z
  .string()
  .regex(/^(https?:\/\/|file:\/\/(localhost)?\/)[A-Za-z0-9._~:/?@!&=%+,-]+$/);

/** A file of this machine, with variables as in a URL. */
const File = z
  .string()
  .max(1024)
  .regex(/^(\/|\$\{[a-z][a-z0-9]*\})([A-Za-z0-9._~:/@%+-]|\$\{[a-z][a-z0-9]*\})*$/, 'expected a full path');

/** What a path is once its variables are filled in. */
export const FilledFile = z.string().regex(/^\/[A-Za-z0-9._~:/@%+-]+$/);

/** Fingerprint of an OpenPGP key, blanks allowed. */
const Fingerprint = z
  .string()
  .transform((text) => text.replaceAll(' ', '').toUpperCase())
  .pipe(z.string().regex(/^([0-9A-F]{40}|[0-9A-F]{64})$/, 'expected 40 or 64 hex digits'));

/** The only way to install packages without checking who made them: these words, in full. */
export const UNCHECKED = 'I accept packages whose origin nobody checked';

export const Repository = z
  .strictObject({
    id: Slug,
    baseurl: Url.optional(),
    metalink: Url.optional(),
    mirrorlist: Url.optional(),
    /** URL of the armoured public key that signs the packages. */
    gpgkey: Url.optional(),
    /** When given, the key file may hold these keys and no other. */
    fingerprint: z.union([Fingerprint, z.array(Fingerprint).min(1)]).optional(),
    gpgcheck: z
      .literal(
        [true, UNCHECKED],
        `package signatures are checked; to go without, write gpgcheck: "${UNCHECKED}"`,
      )
      .default(true),
    /** Entitlement of a content network: the client's certificate with its key, and who signed the server's. */
    sslclientcert: File.optional(),
    sslclientkey: File.optional(),
    sslcacert: File.optional(),
  })
  .refine(
    ({ baseurl, metalink, mirrorlist }) =>
      [baseurl, metalink, mirrorlist].filter((url) => url !== undefined).length === 1,
    { error: 'expected exactly one of baseurl, metalink and mirrorlist' },
  )
  .refine(({ gpgcheck, gpgkey }) => gpgcheck !== true || gpgkey !== undefined, {
    error: 'expected gpgkey: signatures are checked with it',
  })
  .refine(
    ({ sslclientcert, sslclientkey }) => (sslclientcert === undefined) === (sslclientkey === undefined),
    {
      error: 'expected sslclientcert and sslclientkey together',
    },
  );
export type Repository = z.infer<typeof Repository>;

export const Base = z.enum(['el8', 'el9', 'el10']);
export type Base = z.infer<typeof Base>;

const Units = z.array(UnitName).default([]);

const Compression = z.strictObject({
  squashfs: z.enum(['zstd-1', 'zstd-3', 'zstd-15', 'zstd-19', 'zstd-22', 'xz']),
  initramfs: z.enum(['zstd-3', 'zstd-10', 'zstd-19', 'zstd-22', 'xz']),
});

/** A recipe as it is built: after extension, the release's names, and variables. */
export const Recipe = z.strictObject({
  name: Slug,
  description: z.string().default(''),
  base: Base,
  releasever: z.string().regex(/^[0-9]+(\.[0-9]+)?$/),
  arch: Architecture,
  /** Values of `${name}` in URLs when the command line gives none. */
  variables: z
    .record(z.string().regex(/^[a-z][a-z0-9]*$/, 'expected lower-case letters and digits'), z.string())
    .default({}),
  repositories: z.array(Repository),
  packages: z.array(PackageSpec),
  exclude: z.array(PackageSpec).default([]),
  /** As the release has it (releases.ts) when no file says. */
  libvirt: z.enum(['monolithic', 'modular']),
  kernelArguments: z.array(KernelArgument).default([]),
  services: z
    .strictObject({ enable: Units, disable: Units, mask: Units })
    .default({ enable: [], disable: [], mask: [] }),
  /** What is left out of the image, in order; of the rules that match a path the last decides. */
  strip: z.array(StripEntry),
  /** Which of the image's kernel modules the initramfs takes, by the same kind of rules. */
  initramfs: z.array(InitramfsEntry).default([]),
  compression: Compression,
  /** MiB. */
  ramRequired: z.int().min(512),
  budget: Budget.optional(),
  ...MEDIA_KEYS,
  ...HYPERVISOR_KEYS,
});
export type Recipe = z.infer<typeof Recipe>;

type WithoutDefaults<Shape> = { [K in keyof Shape]: Shape[K] extends z.ZodDefault<infer S> ? S : Shape[K] };

/** A default would hide what the recipe that is extended says. */
function withoutDefaults<Shape extends z.ZodRawShape>(shape: Shape): WithoutDefaults<Shape> {
  const bare = Object.entries(shape).map(([key, value]) => [
    key,
    value instanceof z.ZodDefault ? value.unwrap() : value,
  ]);
  return Object.fromEntries(bare) as WithoutDefaults<Shape>;
}

const KEYS = withoutDefaults(Recipe.shape);

/** A recipe as a file says it: what it leaves out comes from the recipe that it extends. */
export const RecipeFile = z.strictObject({
  ...z.strictObject(KEYS).partial().shape,
  name: Slug,
  /** A recipe of images/recipes or beside this file, by name; or a path from this file. */
  extends: z.string().min(1).max(256).optional(),
  /** For others to extend; it cannot be built. */
  abstract: z.literal(true).optional(),
  /** What is taken out of the lists of the recipe that this one extends, as they are written there. */
  without: z
    .strictObject({
      packages: KEYS.packages,
      exclude: KEYS.exclude,
      kernelArguments: KEYS.kernelArguments,
      /** By id. */
      repositories: z.array(Slug),
      /** Shared rule sets. */
      strip: z.array(Slug),
      initramfs: z.array(Slug),
    })
    .partial()
    .optional(),
  compression: Compression.partial().optional(),
});
export type RecipeFile = z.infer<typeof RecipeFile>;
