import type { ImageUses } from '../contract/uses.ts';
import { imagesNamed, type Nameable } from './resolve.ts';

/** Who uses an image: pure. */
export interface Users {
  /** Names of hosts that are declared with it or were booted from it, each once. */
  hosts: string[];
  /** Names of servers whose default it is. */
  servers: string[];
}

/**
 * Id → who uses it. A name that fits several images holds them all: nobody can tell which was meant.
 * @param images all that there are, since a recipe's name means the newest
 */
export function usersOf(images: readonly Nameable[], uses: readonly ImageUses[]): Map<string, Users> {
  const users = new Map<string, { hosts: Set<string>; servers: Set<string> }>();
  const of = (id: string) => {
    const known = users.get(id) ?? { hosts: new Set(), servers: new Set() };
    users.set(id, known);
    return known;
  };
  const named = remember((name) => imagesNamed(images, name).map(({ id }) => id));
  for (const { server, default: standard, hosts } of uses) {
    for (const id of standard === null ? [] : named(standard)) of(id).servers.add(server);
    for (const { name, image, booted } of hosts) {
      const declared = image ?? standard;
      for (const id of [...(declared === null ? [] : named(declared)), ...booted]) of(id).hosts.add(name);
    }
  }
  return new Map(
    [...users].map(([id, { hosts, servers }]) => [
      id,
      { hosts: [...hosts].sort(), servers: [...servers].sort() },
    ]),
  );
}

/** Thousands of hosts name the same few images. */
function remember(look: (name: string) => string[]): (name: string) => string[] {
  const known = new Map<string, string[]>();
  return (name) => {
    const found = known.get(name) ?? look(name);
    known.set(name, found);
    return found;
  };
}
