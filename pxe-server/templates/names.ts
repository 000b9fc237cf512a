import { z } from 'zod';

/** Characters of one template, and of all that the site wrote together. */
export const MOST_TEXT = 256 << 10;
export const MOST_ALL = 8 << 20;

/**
 * `NAME.ks.njk` for a host, or a path below folders (`snippets/NAME.njk`) for include only; never a path of the file
 * system.
 */
export const TemplateName = z
  .string()
  .max(200)
  .regex(
    /^([A-Za-z0-9][A-Za-z0-9._-]*\/){1,4}[A-Za-z0-9][A-Za-z0-9._-]*\.njk$|^[A-Za-z0-9][A-Za-z0-9._-]*\.ks\.njk$/,
    'expected NAME.ks.njk, or FOLDER/NAME.njk for one that is included',
  );

/** Whether it is there to be included only. */
export function isSnippet(name: string): boolean {
  return name.includes('/');
}

/** Texts that kickstarts are made from now. */
export interface LiveTemplates {
  texts: Record<string, string>;
  /** Version of each that the site wrote; the others are shipped. */
  site: Record<string, number>;
}

/** One version of a template; number 0 is what is shipped. */
export interface Version {
  name: string;
  version: number;
  /** Null: taken away; what is shipped by that name is live again. */
  text: string | null;
  sha256: string | null;
  /** Name of an API token, or "file". */
  author: string;
  time: string;
  message: string;
  source: 'file' | 'api';
}

/** What is shipped, and in its place what the site wrote last. Pure. */
export function liveTemplates(
  shipped: ReadonlyMap<string, string>,
  newest: Iterable<Pick<Version, 'name' | 'version' | 'text'>>,
): LiveTemplates {
  const texts = new Map(shipped);
  const site = new Map<string, number>();
  for (const { name, version, text } of newest) {
    if (text === null) continue;
    texts.set(name, text);
    site.set(name, version);
  }
  return { texts: Object.fromEntries(texts), site: Object.fromEntries(site) };
}
