import type { InstallStep } from '../../../builder/contract/install-plan.ts';
import type { Told } from '../meaning/tell.ts';
import { LEAST_SYSTEM, LONGEST_LABEL, sizeWords } from './sizes.ts';
import type { Laying } from './storage.ts';

const MAKERS: Readonly<Record<string, (InstallStep & { do: 'format' })['type']>> = {
  ...{ ext2: 'ext2', ext3: 'ext3', ext4: 'ext4', xfs: 'xfs', vfat: 'vfat', efi: 'vfat', swap: 'swap' },
};

/** File systems, then their mounts from the root outwards. */
export function laySystems({ systems, storage, refusals, steps }: Laying): void {
  const mounts: (InstallStep & { do: 'mount' })[] = [];
  for (const { system, made } of systems) {
    const { node, mountpoint, label, mkfsOptions, mountOptions } = system;
    const line = node.line.number;
    if (['biosboot', 'prepboot', 'none'].includes(mountpoint) || system.type === 'biosboot') continue;
    const usual = mountpoint === 'swap' ? 'swap' : mountpoint === '/boot/efi' ? 'efi' : 'xfs';
    const type = MAKERS[system.type ?? usual];
    if (!type) {
      const message = `a plan makes no ${system.type}`;
      refusals.add(node, { code: 'not-compiled', message, mend: 'use xfs or ext4', field: 'fstype' });
      continue;
    }
    const unfit = unfitOf(type, made.size, label);
    if (unfit) {
      refusals.add(node, unfit);
      continue;
    }
    steps.push({
      ...{ do: 'format', line, device: made.device, type },
      ...(label === undefined ? {} : { label }),
      ...(mkfsOptions === undefined ? {} : { options: mkfsOptions }),
    });
    if (type === 'swap') steps.push({ do: 'swap', line, device: made.device });
    else
      mounts.push({
        ...{ do: 'mount', line, device: made.device, mountpoint, type },
        options: mountOptions ?? (type === 'vfat' ? 'umask=0077,shortname=winnt' : 'defaults'),
      });
  }
  mounts.sort((a, b) => (a.mountpoint === b.mountpoint ? 0 : a.mountpoint < b.mountpoint ? -1 : 1));
  steps.push(...mounts);
  for (const { type, mountpoint, size, mountOptions, node } of storage.partitions)
    if (type === 'tmpfs') {
      const options = [...(size === undefined ? [] : [`size=${size}m`]), mountOptions ?? 'defaults'].join(
        ',',
      );
      steps.push({ do: 'tmpfs', line: node.line.number, mountpoint, options });
    }
}

/** What mkfs would refuse on the machine. */
function unfitOf(type: string, size: number, label: string | undefined): Told | undefined {
  const least = LEAST_SYSTEM[type] ?? 0;
  const longest = LONGEST_LABEL[type]!;
  if (size < least)
    return {
      ...{ code: 'space-short', field: 'size', mend: `give it ${sizeWords(least)}, or use ext4` },
      message: `mkfs.${type} makes nothing below ${sizeWords(least)}, and here are ${sizeWords(size)}`,
    };
  if (label === undefined || Buffer.byteLength(label) <= longest) return undefined;
  const message = `a label of ${type} has ${longest} bytes at most`;
  return { code: 'value-invalid', message, mend: 'make it shorter', field: 'label' };
}
