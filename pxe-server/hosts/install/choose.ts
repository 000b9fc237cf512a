import { RackhandError } from '../../../builder/shared/errors.ts';
import type { DiskRule } from './storage.ts';

/** A disk as an inventory knows it; sizes in bytes. */
export interface KnownDisk {
  name: string;
  size: number;
  model: string;
  serial: string;
  rotational: boolean;
  /** Empty or absent: not known. */
  wwn?: string | undefined;
  transport?: string | undefined;
}

type Fit = 'yes' | 'no' | 'perhaps';

/**
 * The disks that rules mean in a machine whose inventory is known, by role and in the order in which %pre numbers them.
 * What an inventory does not say only the machine itself can decide, by the same rules in %pre: such a role is not in
 * the answer. Pure.
 * @throws RackhandError disks-unfit: too few, more than asked for, or one disk for two roles
 */
export function chooseDisks(
  host: string,
  rules: readonly DiskRule[],
  disks: readonly KnownDisk[],
): Map<string, string[]> {
  const owner = new Map<string, string>();
  const byRole = new Map<string, string[]>();
  for (const rule of rules) {
    const found = chosen(host, rule, disks).map(({ name }) => name);
    for (const name of found) {
      const other = owner.get(name);
      if (other !== undefined) throw unfit(host, `${name} fits the rules of ${other} and of ${rule.role}`);
      owner.set(name, rule.role);
    }
    if (found.length > 0) byRole.set(rule.role, found);
  }
  return byRole;
}

/** The disks that are certain to be those of the rule; none where the machine has to say more. */
function chosen(host: string, rule: DiskRule, disks: readonly KnownDisk[]): KnownDisk[] {
  const { role, count, take } = rule;
  const fits = disks.map((disk) => ({ disk, how: howFits(rule, disk) })).filter(({ how }) => how !== 'no');
  const names = fits.map(({ disk }) => disk.name).join(', ') || 'none';
  const asked = `disks of role ${role}: the rule fits ${fits.length}, and ${count} are asked for: ${names}`;
  if (fits.length < count) throw unfit(host, asked);
  if (fits.some(({ how }) => how === 'perhaps')) return [];
  const found = fits.map(({ disk }) => disk);
  const byName = (a: KnownDisk, b: KnownDisk) => (a.name < b.name ? -1 : 1);
  if (take === 'all') {
    if (found.length > count) throw unfit(host, asked);
    return found.toSorted(byName);
  }
  const sign = take === 'smallest' ? 1 : -1;
  const sorted = found.toSorted((a, b) => sign * (a.size - b.size) || byName(a, b));
  if (sorted.length > count && sorted[count - 1]!.size === sorted[count]!.size)
    throw unfit(
      host,
      `disks of role ${role}: several have ${sorted[count]!.size} bytes, so none is the ${take}`,
    );
  return sorted.slice(0, count);
}

function howFits(rule: DiskRule, disk: KnownDisk): Fit {
  const { minGiB, maxGiB, rotational } = rule;
  const tests: Fit[] = [
    certain(minGiB === undefined || disk.size >= minGiB * 2 ** 30),
    certain(maxGiB === undefined || disk.size <= maxGiB * 2 ** 30),
    certain(rotational === undefined || disk.rotational === rotational),
    transport(rule.transport, disk),
    pattern(rule.model, disk.model),
    pattern(rule.serial, disk.serial),
    pattern(rule.wwn, disk.wwn ?? ''),
  ];
  if (tests.includes('no')) return 'no';
  return tests.includes('perhaps') ? 'perhaps' : 'yes';
}

/** Where an inventory does not say, the kernel's names tell two transports. */
function transport(wanted: DiskRule['transport'], { name, transport: told }: KnownDisk): Fit {
  if (wanted === undefined) return 'yes';
  const known = told || (/^nvme/.test(name) ? 'nvme' : /^vd/.test(name) ? 'virtio' : undefined);
  if (known) return certain(known === wanted);
  return wanted === 'nvme' ? 'no' : 'perhaps';
}

/** Firmware may show less to an inventory than to the installer: an empty text decides nothing. */
function pattern(wanted: string | undefined, text: string): Fit {
  if (wanted === undefined) return 'yes';
  if (text === '') return 'perhaps';
  return certain(isLike(text.trim().toLowerCase(), wanted.trim().toLowerCase()));
}

/** `*` stands for any text; looked for from left to right, so that no pattern takes long. */
export function isLike(text: string, wanted: string): boolean {
  const parts = wanted.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (parts.length === 1) return text === wanted;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

function certain(is: boolean): Fit {
  return is ? 'yes' : 'no';
}

function unfit(host: string, what: string): RackhandError {
  return new RackhandError(
    'disks-unfit',
    `host ${host}: ${what}`,
    'change install.storage.disks: size, serial, model, transport, count, or take: smallest',
  );
}
