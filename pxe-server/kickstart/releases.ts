/** The releases whose installers the tables describe, oldest first. */
export const RELEASES = ['el8', 'el9', 'el10'] as const;
export type Release = (typeof RELEASES)[number];

export function isRelease(text: string): text is Release {
  return (RELEASES as readonly string[]).includes(text);
}

/** `el9` → "EL9", for sentences. */
export function releaseTitle(release: Release): string {
  return release.toUpperCase();
}
