import type { PackageRecord } from '../contract/manifest.ts';
import { nevra } from '../root/parse.ts';

/** What rpm's database tells of the packages in a root: pure. */

export interface InstalledPackage extends PackageRecord {
  /** The licence tag as the packager wrote it: an SPDX expression on EL10, Fedora's older names on EL8 and mostly EL9. */
  licence?: string;
  summary: string;
  url?: string;
  vendor?: string;
  sourceRpm?: string;
  /** Bytes when installed. */
  size: number;
  /** Digest of the package's header, which signatures are made over. */
  headerSha256?: string;
  /** Absent: the package bears no signature. The key's id is 16 hex digits; the algorithm is as rpm writes it. */
  signature?: { algorithm: string; keyId: string };
}

/** A key that checked packages of the root; rpm keeps it in its database. */
export interface SigningKey {
  /** Last 8 hex digits of its fingerprint, or all 40 by newer versions of rpm. */
  id: string;
  owner: string;
}

/** From os-release(5). */
export interface Distribution {
  /** "rocky" */
  id: string;
  /** "9.5" */
  version: string;
  /** "Rocky Linux 9.5 (Blue Onyx)" */
  name: string;
  cpe?: string;
}

/** `installed.json` beside a root in the cache. */
export interface Installed {
  distribution?: Distribution;
  packages: InstalledPackage[];
  keys: SigningKey[];
}

/** Control characters that no tag has: summaries and licences may hold anything else. */
const [END, NEXT] = ['\u001e', '\u001f'];

const FIELDS = [
  ...['NAME', 'EPOCHNUM', 'VERSION', 'RELEASE', 'ARCH', 'SIZE', 'LICENSE', 'SUMMARY', 'URL', 'VENDOR'],
  ...['PACKAGER', 'SOURCERPM', 'SHA256HEADER'],
  // Where a signature is depends on its age and kind; one is enough.
  ...['RSAHEADER:pgpsig', 'DSAHEADER:pgpsig', 'SIGPGP:pgpsig', 'SIGGPG:pgpsig'],
] as const;

/** A record for each package and key in the database of a root. */
export function detailArguments(root: string): string[] {
  const format = FIELDS.map((field) => `%{${field}}`).join(NEXT);
  return ['rpm', `--root=${root}`, '-qa', '--qf', `${format}${END}`];
}

/** A record for each file of each package: name, path, and rpm's letters for its kind ("l" licence, "d" document). */
export function fileArguments(root: string): string[] {
  const format = ['%{=NAME}', '%{FILENAMES}', '%{FILEFLAGS:fflags}'].join(NEXT);
  return ['rpm', `--root=${root}`, '-qa', '--qf', `[${format}${END}]`];
}

/** Fields of each record that detailArguments or fileArguments print. */
export function records(output: string): string[][] {
  return output
    .split(END)
    .slice(0, -1)
    .map((record) => record.split(NEXT));
}

/** What detailArguments print, sorted by name and version. */
export function parseDetails(output: string): Pick<Installed, 'packages' | 'keys'> {
  const rows = records(output).map(
    (values) =>
      Object.fromEntries(FIELDS.map((field, at) => [field, values[at]])) as Record<
        (typeof FIELDS)[number],
        string
      >,
  );
  const isKey = ({ NAME }: (typeof rows)[number]) => NAME === 'gpg-pubkey';
  const keys = rows.filter(isKey).map(({ VERSION, PACKAGER }) => ({ id: VERSION, owner: PACKAGER }));
  const packages = rows.filter((row) => !isKey(row)).map(packageOf);
  return {
    packages: packages.sort((a, b) => (nevra(a) < nevra(b) ? -1 : 1)),
    keys: keys.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function packageOf(row: Record<(typeof FIELDS)[number], string>): InstalledPackage {
  const signatures = [
    ...[row['RSAHEADER:pgpsig'], row['DSAHEADER:pgpsig']],
    ...[row['SIGPGP:pgpsig'], row['SIGGPG:pgpsig']],
  ];
  const signature = signatures.flatMap((text) => signatureOf(text) ?? [])[0];
  return {
    ...{ name: row.NAME, epoch: Number(row.EPOCHNUM), version: row.VERSION, release: row.RELEASE },
    ...{ arch: row.ARCH, size: Number(row.SIZE), summary: row.SUMMARY },
    ...given('licence', row.LICENSE),
    ...given('url', row.URL),
    ...given('vendor', row.VENDOR),
    ...given('sourceRpm', row.SOURCERPM),
    ...given('headerSha256', row.SHA256HEADER),
    ...(signature ? { signature } : {}),
  };
}

/** rpm prints "(none)" for a tag that a package lacks. */
function given<K extends string>(key: K, value: string): { [key in K]?: string } {
  return value === '' || value === '(none)' ? {} : ({ [key]: value } as { [key in K]: string });
}

/** "RSA/SHA256, Wed Nov 25 23:14:09 2026, Key ID cc02a2715a47cdcf"; the day is in the build host's own time zone. */
function signatureOf(text: string): InstalledPackage['signature'] {
  const [, algorithm, keyId] = /^([^,]+), .*Key ID ([0-9a-f]+)$/i.exec(text) ?? [];
  return algorithm === undefined ? undefined : { algorithm, keyId: keyId!.toLowerCase() };
}
