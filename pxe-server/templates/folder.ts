import { sha256 } from '../../builder/shared/ids.ts';
import type { Version } from './names.ts';

/** Who is the author of what the folder of the configuration says. */
export const FILE = 'file';

export type NewVersion = Pick<Version, 'name' | 'text' | 'author' | 'message' | 'source'>;

/**
 * What the folder says that it did not say before. A file counts when it changes, not at each start: what a person wrote
 * over it by the API stays until then. A file that is gone takes its own version along and nobody else's. Pure.
 * @param told by the folder last, by name
 * @param live newest of all versions, by name
 */
export function folderNews(
  folder: ReadonlyMap<string, string>,
  told: ReadonlyMap<string, Pick<Version, 'sha256'>>,
  live: ReadonlyMap<string, Pick<Version, 'sha256' | 'source'>>,
): NewVersion[] {
  const news: NewVersion[] = [];
  const say = (name: string, text: string | null, message: string) =>
    news.push({ name, text, author: FILE, message, source: 'file' });
  for (const [name, text] of folder)
    if (told.get(name)?.sha256 !== sha256(text)) say(name, text, 'read from the folder of the configuration');
  for (const [name, { sha256: last }] of told) {
    const isOwn = live.get(name)?.source === 'file';
    if (!folder.has(name) && last !== null && isOwn)
      say(name, null, 'no more in the folder of the configuration');
  }
  return news;
}
