import type { DebFacts } from './debian.ts';
import type { PayloadEntry } from './layout.ts';
import { packageOf, type Tables } from './tables.ts';

/** A Debian package as the tests need it. */
export function deb(name: string, facts: Partial<DebFacts> = {}): DebFacts {
  return {
    ...{ name, version: '1.0-1', architecture: 'amd64', depends: [], provides: [], conffiles: [] },
    ...{ summary: `The package ${name}`, description: '', homepage: '', file: `${name}.deb`, sha256: name },
    ...facts,
  };
}

export function tables(values: {
  rename?: Record<string, string>;
  absent?: string[];
  unrequired?: string[];
  packages?: Record<string, Parameters<typeof packageOf>[0]>;
  layout?: Partial<Tables['layout']>;
}): Tables {
  const { rename = {}, absent = [], unrequired = [], packages = {}, layout = {} } = values;
  return {
    seeds: [],
    names: { rename, absent, unrequired },
    packages: Object.fromEntries(Object.entries(packages).map(([name, value]) => [name, packageOf(value)])),
    layout: { drop: [], folders: [], users: {}, groups: {}, modes: {}, links: {}, ...layout },
    accounts: { groups: {}, users: {} },
    kernel: { core: [], extra: [] },
  };
}

/** "dir/" is a folder, "a -> b" a link, anything else a file. */
export function entries(...paths: string[]): PayloadEntry[] {
  return paths.map((text) => {
    const base = { uid: 0, gid: 0 };
    if (text.endsWith('/')) return { ...base, path: text.slice(0, -1), kind: 'directory', mode: 0o755 };
    if (text.includes(' -> ')) return { ...base, path: text.split(' -> ')[0]!, kind: 'link', mode: 0o777 };
    return { ...base, path: text, kind: 'file', mode: 0o644 };
  });
}
