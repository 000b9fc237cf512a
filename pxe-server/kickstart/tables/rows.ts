import { RELEASES, type Release } from '../releases.ts';

/** How an option's text becomes a value; values.ts reads them. */
export type Kind =
  /** No value; `constant` is what it sets. */
  | 'flag'
  | 'text'
  | 'integer'
  /** on, yes, true, 1 or their opposites. */
  | 'boolean'
  /** Split at commas. */
  | 'list'
  /** A value that may be left out. */
  | 'optional'
  /** port[:protocol], several by commas. */
  | 'ports'
  /** A device, with or without /dev/. */
  | 'device'
  | 'raid-level'
  /** The md device; EL8 takes the leading md away. */
  | 'raid-device'
  | 'layout'
  /** nic'{JSON}', several by commas. */
  | 'team'
  | 'moment';

export interface OptionRow {
  /** The first is the one that is written. */
  names: readonly [string, ...string[]];
  field: string;
  kind: Kind;
  /** What a flag sets. */
  constant?: string | boolean;
  required?: readonly Release[];
  /** Releases that know it; all of them, if it does not say. */
  in?: readonly Release[];
  /** Releases that take it, with a word about its end. */
  deprecated?: readonly Release[];
  choices?: readonly string[];
  /** Given several times it is a list; otherwise the last one counts. */
  repeat?: true;
  /** What it is when it is not given. */
  default?: string | number | boolean | readonly string[];
}

export interface PositionalRow {
  field: string;
  /** one: exactly one. optional: none or one. any: whatever is left. */
  count: 'one' | 'optional' | 'any';
}

/**
 * ignored: anything may follow, nothing happens. warned: still read, with a word about its end.
 * removed: once there, refused now. absent: never there.
 */
export type Status = 'active' | 'warned' | 'ignored' | 'removed' | 'absent';

export interface CommandRow {
  name: string;
  /** Other names of the same. */
  aliases?: readonly string[];
  /** active where it does not say. */
  status?: Partial<Record<Release, Status>>;
  options?: readonly OptionRow[];
  positionals?: readonly PositionalRow[];
  /** What follows belongs to another program and is not looked at here. */
  foreign?: true;
  /** Two with equal values here are one too many; `except` values do not count. */
  identity?: { fields: readonly string[]; except?: readonly string[] };
}

type Extra = Partial<Omit<OptionRow, 'names' | 'kind'>>;
type Names = string | readonly [string, ...string[]];

/** `--luks-version` → luksVersion. */
function fieldOf(name: string): string {
  return name.replace(/^-+/, '').replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function row(kind: Kind, given: Names, extra: Extra = {}): OptionRow {
  const names = typeof given === 'string' ? ([given] as const) : given;
  return { names, kind, field: fieldOf(names[0]), ...extra };
}

const maker = (kind: Kind) => (names: Names, extra?: Extra) => row(kind, names, extra);
export const text = maker('text');
export const integer = maker('integer');
export const boolean = maker('boolean');
export const list = maker('list');
export const kinded = (kind: Kind, names: Names, extra?: Extra) => row(kind, names, extra);
export const flag = (names: Names, extra?: Extra) => row('flag', names, { constant: true, ...extra });
/** Several flags without more to say. */
export const flags = (...names: string[]) => names.map((name) => flag(name));
export const texts = (...names: string[]) => names.map((name) => text(name));

/** Required in every release. */
export const REQUIRED = { required: RELEASES };
export const one = (field: string): PositionalRow => ({ field, count: 'one' });
export const optional = (field: string): PositionalRow => ({ field, count: 'optional' });
export const any = (field: string): PositionalRow => ({ field, count: 'any' });

export const ONLY_EL8 = ['el8'] as const;
export const UNTIL_EL9 = ['el8', 'el9'] as const;
export const FROM_EL9 = ['el9', 'el10'] as const;
export const ONLY_EL9 = ['el9'] as const;
export const ONLY_EL10 = ['el10'] as const;

/** What to write instead of what is going away, by command or option. */
export const REPLACEMENTS: Readonly<Record<string, string>> = {
  auth: 'use authselect',
  authconfig: 'use authselect',
  btrfs: 'use logvol or part with xfs or ext4',
  device: 'load the module by a driver disk or a kernel argument',
  install: 'take the line away: the source alone says it',
  method: 'name the source itself: url, nfs, cdrom, harddrive, liveimg',
  module: 'name the packages of the application stream in %packages',
  vnc: 'use rdp (EL10)',
  nvdimm: 'set the namespaces up before, with ndctl',
  '--isUtc': 'use --utc',
  '--nontp': 'use timesource --ntp-disable',
  '--ntpservers': 'use timesource --ntp-server=SERVER, a line for each',
  '--teamslaves': 'use a bond: --bondslaves',
  '--teamconfig': 'use a bond: --bondopts',
  '--instLangs': 'use --inst-langs',
  '--excludeWeakdeps': 'use --exclude-weakdeps',
};
