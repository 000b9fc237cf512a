import type { Base } from '../../recipe/schema.ts';
import { RackhandError } from '../../shared/errors.ts';
import { readInside, resolveInside } from '../../shared/inside.ts';

/** Folders of rpm's database, the newer place first, with the files of its kinds. */
const DATABASES = ['usr/lib/sysimage/rpm', 'var/lib/rpm'];
const KINDS = ['rpmdb.sqlite', 'Packages.db', 'Packages'];

/**
 * Is this a root that the builder can go on with?
 * @returns where its package database is, from the root: "/var/lib/rpm"
 * @throws RackhandError root-refused
 */
export async function acceptRoot(root: string, path: string, base: Base): Promise<string> {
  const text = (await readInside(root, 'etc/os-release')) ?? (await readInside(root, 'usr/lib/os-release'));
  const reason = refusal(text === undefined ? undefined : osRelease(text), base);
  if (reason !== undefined) throw refused(`${path} ${reason}`);
  for (const folder of DATABASES) {
    for (const kind of KINDS) if (await resolveInside(root, `${folder}/${kind}`)) return `/${folder}`;
  }
  throw refused(`${path} is no RPM root: it has no package database in ${DATABASES.join(' or ')}`);
}

/** Fields of os-release(5); quotes are taken off. */
export function osRelease(text: string): Record<string, string> {
  const fields = text.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
    return name === undefined ? [] : [[name, value!.replace(/^(["'])(.*)\1$/, '$2')] as const];
  });
  return Object.fromEntries(fields);
}

/** Why a root with this os-release is none for a recipe of this base; undefined when it is. */
export function refusal(release: Record<string, string> | undefined, base: Base): string | undefined {
  if (release === undefined) return 'has no os-release: it is no root of a distribution';
  const { ID = '', ID_LIKE = '', VERSION_ID = '' } = release;
  const family = [ID, ...ID_LIKE.split(/\s+/)];
  const called = release.PRETTY_NAME ?? ID;
  if (!family.some((name) => name === 'rhel' || name === 'centos')) {
    const says = `os-release says ID=${ID}${ID_LIKE === '' ? '' : `, ID_LIKE=${ID_LIKE}`}`;
    return `is not based on RHEL (${called}): ${says}`;
  }
  const major = VERSION_ID.split('.')[0];
  return `el${major}` === base ? undefined : `is ${called}, and the recipe is for ${base}`;
}

export function refused(what: string): RackhandError {
  return new RackhandError(
    'root-refused',
    what,
    'give a root that was installed from packages of RHEL, CentOS Stream or what is built from them',
  );
}
