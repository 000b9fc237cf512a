import type { Inventory } from '../../../builder/contract/inventory.ts';
import type { Partition, Storage, Volume, VolumeGroup } from '../document/shapes.ts';
import type { CommandNode } from '../nodes.ts';

/**
 * autopart and reqpart as the partitions and volumes that they stand for: what the firmware boots from, /boot of
 * 1024 MiB, swap after the memory, and the rest for / and, from 50 GiB on, /home.
 */
export function withoutAutomatic(
  storage: Storage,
  { firmware }: Pick<Inventory, 'firmware'>,
  diskMib: number,
): Storage {
  const { automatic, required } = storage;
  if (!automatic)
    return required
      ? {
          ...storage,
          partitions: [...bootParts(storage, firmware, required.node, required.boot), ...storage.partitions],
        }
      : storage;
  const { node, layout, type, encryption } = automatic;
  const system = type ?? 'xfs';
  const withHome = automatic.home && diskMib >= 50 * 1024;
  const boot = bootParts(storage, firmware, node, automatic.boot);
  const secret = encryption ? { encryption } : {};
  const part = (over: Partial<Partition> & { mountpoint: string }): Partition => ({ ...PART, node, ...over });
  const chosen = automatic.hibernation ? 'hibernation' : 'recommended';
  const swap = automatic.swap ? [{ mountpoint: 'swap', type: 'swap', chosen } as const] : [];
  if (layout === 'plain') {
    const root = part({
      mountpoint: '/',
      type: system,
      size: 1024,
      grow: true,
      ...(withHome ? { maxsize: 70 * 1024 } : {}),
      ...secret,
    });
    const home = withHome
      ? [part({ mountpoint: '/home', type: system, size: 500, grow: true, ...secret })]
      : [];
    return {
      ...storage,
      partitions: [...boot, ...swap.map((one) => part({ ...one, ...secret })), root, ...home],
    };
  }
  const volume = (over: Partial<Volume> & { name: string; mountpoint: string }): Volume => ({
    ...VOLUME,
    node,
    ...over,
  });
  const thin = layout === 'thinp' ? { kind: 'thin' as const, pool: 'pool00' } : { grow: true };
  // A thin volume may have its largest size at once: it costs what is written.
  const size = (mib: number) => ({ size: layout === 'thinp' ? mib : 1024 });
  const free = Math.max(2048, diskMib - 8192);
  const rootMib = withHome ? Math.min(70 * 1024, Math.floor(free / 2)) : free;
  const group: VolumeGroup = { name: GROUP, members: ['pv.auto'], extent: 0, existing: false, node };
  return {
    ...storage,
    partitions: [...boot, part({ mountpoint: 'pv.auto', size: 1024, grow: true, ...secret })],
    groups: [group],
    volumes: [
      ...swap.map((one) => volume({ ...one, name: 'swap' })),
      ...(layout === 'thinp'
        ? [volume({ name: 'pool00', mountpoint: 'none', kind: 'thin-pool', size: 1024, grow: true })]
        : []),
      volume({
        name: 'root',
        mountpoint: '/',
        type: system,
        ...thin,
        ...size(rootMib),
        ...(withHome && layout === 'lvm' ? { maxsize: 70 * 1024 } : {}),
      }),
      ...(withHome
        ? [volume({ name: 'home', mountpoint: '/home', type: system, ...thin, ...size(free - rootMib) })]
        : []),
    ],
  };
}

/** The volume group that autopart makes. */
const GROUP = 'system';
const PART = { grow: false, resize: false, primary: false, format: true };
const VOLUME = {
  group: GROUP,
  kind: 'linear' as const,
  grow: false,
  resize: false,
  format: true,
  cached: false,
  existing: false,
};

function bootParts(
  storage: Storage,
  firmware: 'bios' | 'uefi',
  node: CommandNode,
  withBoot: boolean,
): Partition[] {
  const has = (mountpoint: string) => storage.partitions.some((part) => part.mountpoint === mountpoint);
  const loader =
    firmware === 'uefi'
      ? { mountpoint: '/boot/efi', type: 'efi', size: 600 }
      : { mountpoint: 'biosboot', type: 'biosboot', size: 1 };
  return [
    ...(has(loader.mountpoint) ? [] : [{ ...PART, ...loader, node }]),
    ...(withBoot && !has('/boot') ? [{ ...PART, mountpoint: '/boot', type: 'xfs', size: 1024, node }] : []),
  ];
}

/** MiB of the disks that may be used, for what depends on it. */
export function mebibytes(disks: readonly { size: number }[]): number {
  return Math.floor(disks.reduce((sum, { size }) => sum + size, 0) / 1048576);
}
