import { z } from 'zod';
import { KernelArgument, Slug } from '../contract/fields.ts';
import { HYPERVISOR_KEYS } from './hypervisor.ts';
import { StripEntry } from './strip-rules.ts';

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
  ...HYPERVISOR_KEYS,
  services: z
    .strictObject({
      enable: z.array(UnitName).default([]),
      disable: z.array(UnitName).default([]),
      mask: z.array(UnitName).default([]),
    })
    .default({ enable: [], disable: [], mask: [] }),
  /** What is left out of the image, in order; of the rules that match a path the last decides. */
  strip: z.array(StripEntry),
  compression: z.strictObject({
    squashfs: z.enum(['zstd-1', 'zstd-3', 'zstd-15', 'zstd-19', 'xz']),
    initramfs: z.enum(['zstd-3', 'zstd-10', 'zstd-19', 'xz']),
  }),
  /** MiB. */
  ramRequired: z.int().min(512),
});
export type Recipe = z.infer<typeof Recipe>;
