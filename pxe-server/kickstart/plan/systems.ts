import type { InstallStep } from '../../../builder/contract/install-plan.ts';
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
