import { type InstalledPackage, records } from './packages.ts';

/** Which files of packages are licence texts, and which package is covered by which: pure. */

/** A licence text that a package brings, as a path of the root without the first slash. */
export interface TextPath {
  package: string;
  path: string;
}

/** A text that was found, with its place in the archive. */
export interface LicenceText extends TextPath {
  /** "texts/" and the digest of its bytes: a text that many packages bring is kept once. */
  file: string;
}

/** `index.json` of licences.tar.gz. */
export interface LicenceIndex {
  schema: 1;
  packages: {
    package: string;
    version: string;
    licence: string | null;
    /** itself: it brings texts; source: packages that were made of the same source do; nothing: none is known. */
    from: 'itself' | 'source' | 'nothing';
    texts: { path: string; file: string }[];
  }[];
}

/** Texts that are named so in a package's folder of documents, when the packager did not mark them as licences. */
const DOCUMENT = /^\/usr\/share\/doc\/[^/]+\/(COPYING|COPYRIGHT|LICEN[CS]ES?|NOTICE|UNLICENSE)\b[^/]*$/i;

/** What fileArguments print → the licence texts among it. rpm marks licences with "l", and "g" what no package has in it. */
export function textPaths(output: string): TextPath[] {
  return records(output).flatMap(([name, path, kind]) => {
    if (path === undefined || kind?.includes('g')) return [];
    const isText = kind?.includes('l') || path.startsWith('/usr/share/licenses/') || DOCUMENT.test(path);
    return isText ? [{ package: name!, path: path.slice(1) }] : [];
  });
}

/** Packages without a text of their own are covered by those of their source: EL has most in one subpackage. */
export function licenceIndex(
  packages: readonly InstalledPackage[],
  found: readonly LicenceText[],
): LicenceIndex {
  const own = gather(found, (text) => text.package);
  const sources = new Map(packages.map(({ name, sourceRpm }) => [name, sourceRpm]));
  const ofSource = gather(found, (text) => sources.get(text.package));
  return {
    schema: 1,
    packages: packages.map(({ name, version, release, licence, sourceRpm }) => {
      const [mine, shared] = [own.get(name), sourceRpm === undefined ? undefined : ofSource.get(sourceRpm)];
      return {
        ...{ package: name, version: `${version}-${release}`, licence: licence ?? null },
        from: mine ? 'itself' : shared ? 'source' : 'nothing',
        texts: (mine ?? shared ?? []).map(({ path, file }) => ({ path, file })).sort(byPath),
      };
    }),
  };
}

/** Names of packages whose licence texts are not known. */
export function withoutText({ packages }: LicenceIndex): string[] {
  return packages.flatMap((one) => (one.from === 'nothing' ? [one.package] : []));
}

const SHOWN = 10;

/** One line for people, or none. */
export function missingTexts(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [`no licence text is known of ${names.slice(0, SHOWN).join(', ')}${more}`];
}

/** For people who open the archive. */
export const README = `Licence texts of the packages that this image was made of.

index.json   each package with its licence tag, and the texts that apply to it by their paths when installed;
             "source": texts of packages made of the same source; "nothing": the package brings no text
texts/       each text once, named by the SHA-256 of its bytes
`;

function gather(
  texts: readonly LicenceText[],
  keyOf: (text: LicenceText) => string | undefined,
): Map<string, LicenceText[]> {
  const gathered = new Map<string, LicenceText[]>();
  for (const text of texts) {
    const key = keyOf(text);
    if (key !== undefined) gathered.set(key, [...(gathered.get(key) ?? []), text]);
  }
  return gathered;
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : 1;
}
