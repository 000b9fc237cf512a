// Goes into the page as it stands: it imports nothing but types.

/** One file: path, index of its package, bytes, why it stays or goes, and the sentence that says so. */
export type FileRow = [path: string, pkg: number, bytes: number, state: State, reason: number];

/** removed; kept since a rule says so; kept since something needs it; kept since no rule names it. */
export type State = 0 | 1 | 2 | 3;

export interface TreemapData {
  image: string;
  recipe: string;
  kernel: string;
  packages: string[];
  reasons: string[];
  files: FileRow[];
}

export interface Node {
  name: string;
  /** Shown in full: package, folder or file. */
  path: string;
  kind: 'image' | 'package' | 'folder' | 'file';
  parent: Node | undefined;
  children: Node[];
  /** Bytes before the strip, and of what stayed. */
  before: number;
  after: number;
  /** Files in it, and how many stayed. */
  files: number;
  kept: number;
  row: FileRow | undefined;
}

/** Package → folders → files. A folder with nothing in it but one folder is one with it. */
export function buildTree({ recipe, packages, files }: TreemapData): Node {
  const root = node(recipe, recipe, 'image', undefined);
  const tops = packages.map((name) => node(name, name, 'package', root));
  const folders = new Map<string, Node>();
  for (const row of files) {
    const [path, pkg] = row;
    const folder = folderAt(path.slice(0, Math.max(0, path.lastIndexOf('/'))), tops[pkg]!, pkg);
    const file = node(path.slice(path.lastIndexOf('/') + 1), `/${path}`, 'file', folder);
    file.row = row;
    folder.children.push(file);
    for (let up: Node | undefined = file; up; up = up.parent) {
      up.files++;
      up.before += row[2];
      if (row[3] !== 0) {
        up.kept++;
        up.after += row[2];
      }
    }
  }
  root.children = tops.filter(({ children }) => children.length > 0);
  for (const top of root.children) join(top);
  return root;

  function folderAt(path: string, top: Node, pkg: number): Node {
    if (path === '') return top;
    const key = `${pkg}:${path}`;
    const known = folders.get(key);
    if (known) return known;
    const slash = path.lastIndexOf('/');
    const parent = folderAt(path.slice(0, Math.max(0, slash)), top, pkg);
    const made = node(path.slice(slash + 1), `/${path}`, 'folder', parent);
    parent.children.push(made);
    folders.set(key, made);
    return made;
  }
}

function node(name: string, path: string, kind: Node['kind'], parent: Node | undefined): Node {
  return { name, path, kind, parent, children: [], before: 0, after: 0, files: 0, kept: 0, row: undefined };
}

function join(top: Node): void {
  for (const child of top.children) join(child);
  top.children = top.children.map((child) => {
    const only = child.children.length === 1 ? child.children[0]! : undefined;
    if (child.kind !== 'folder' || only?.kind !== 'folder') return child;
    only.name = `${child.name}/${only.name}`;
    only.parent = top;
    return only;
  });
}

/** Children with bytes in this view, largest first. */
export function shownChildren(of: Node, view: 'before' | 'after'): Node[] {
  return of.children
    .filter((child) => child[view] > 0)
    .sort((a, b) => b[view] - a[view] || (a.path < b.path ? -1 : 1));
}
