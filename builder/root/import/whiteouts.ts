/** What a layer of an image takes away from those below it (OCI image specification, layer.md): pure. */

export interface Whiteouts {
  /** Paths that go, with all below them. */
  removed: string[];
  /** Folders of which only what this layer brings stays. */
  emptied: string[];
}

const PREFIX = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** From the names of a layer's members. A name that leads out of the root is none of them. */
export function whiteouts(members: readonly string[]): Whiteouts {
  const found: Whiteouts = { removed: [], emptied: [] };
  for (const member of members) {
    const steps = member.split('/').filter((step) => step !== '' && step !== '.');
    const name = steps.pop();
    if (name === undefined || !name.startsWith(PREFIX) || steps.includes('..')) continue;
    if (name === OPAQUE) found.emptied.push(steps.join('/'));
    // What else begins with two marks is the storage's own book-keeping (aufs).
    else if (!name.startsWith(`${PREFIX}${PREFIX}`)) {
      const hidden = name.slice(PREFIX.length);
      if (hidden !== '' && hidden !== '.' && hidden !== '..')
        found.removed.push([...steps, hidden].join('/'));
    }
  }
  return found;
}

/** Members that are marks and no files. */
export const MARKS = [`${PREFIX}*`, `*/${PREFIX}*`];
