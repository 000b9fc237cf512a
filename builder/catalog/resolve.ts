/** What an image is named by. */
export interface Nameable {
  /** 16 hex digits. */
  id: string;
  /** Of its recipe. */
  name: string;
  /** ISO time; undefined when nobody knows: older than every other. */
  builtAt?: string | undefined;
  /** Names that a person has given it. */
  tags?: readonly string[] | undefined;
}

/** Digits of an id that are a name: at least four, since fewer soon mean another image as well. */
export const DIGITS = /^[0-9a-f]{4,16}$/;

/**
 * The images that a name means, in a command, a configuration and a declaration alike: the one of that id, else the
 * one of that tag, else the newest build of that recipe, else all whose ids begin with it. None: there is no such
 * image; several: it is ambiguous.
 */
export function imagesNamed<I extends Nameable>(images: readonly I[], name: string): I[] {
  const exact = images.find(({ id }) => id === name) ?? images.find(({ tags }) => tags?.includes(name));
  if (exact) return [exact];
  const [newest] = images.filter((image) => image.name === name).sort(newestFirst);
  if (newest) return [newest];
  return DIGITS.test(name) ? images.filter(({ id }) => id.startsWith(name)) : [];
}

/** Builds of one moment in the order of their ids. */
export function newestFirst(a: Nameable, b: Nameable): number {
  const [first = '', second = ''] = [a.builtAt, b.builtAt];
  if (first !== second) return first < second ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}
