/** What EL installers can make, and where things must be. */

/** File systems and other formats that --fstype may name. */
export const FORMATS: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'swap', 'vfat', 'efi', 'biosboot', 'prepboot', 'tmpfs', 'gfs2'],
  ...['lvmpv', 'mdmember', 'PPC PReP Boot', 'BIOS Boot', 'EFI System Partition', 'physical volume (LVM)'],
]);
export const LABELS: ReadonlySet<string> = new Set(['gpt', 'mbr', 'msdos', 'dasd']);

/** Folders that the root file system itself must hold. */
export const ON_ROOT: ReadonlySet<string> = new Set([
  ...['/bin', '/dev', '/etc', '/lib', '/lib64', '/mnt', '/proc', '/root', '/sbin', '/sys', '/run'],
]);
/** Mount points that are no folders. */
export const SPECIAL: ReadonlySet<string> = new Set(['swap', 'biosboot', 'prepboot', 'None', 'none']);

/** Fewest active members of a RAID device by its level. */
export const RAID_MEMBERS: Readonly<Record<string, number>> = {
  LINEAR: 1,
  RAID0: 2,
  RAID1: 2,
  RAID4: 3,
  RAID5: 3,
  RAID6: 4,
  RAID10: 4,
};

export const LUKS: ReadonlySet<string> = new Set(['luks1', 'luks2', 'luks2-hw-opal', 'luks2-hw-opal-only']);
export const PBKDF: ReadonlySet<string> = new Set(['pbkdf2', 'argon2i', 'argon2id']);

/** pv.01, raid.01: a name by which another command uses a partition or a RAID device. */
export const isMember = (mountpoint: string): boolean => /^(pv|raid)\./.test(mountpoint);

/** Names that the kernel gives in the order of finding: another one after the next start, perhaps. */
export const isKernelName = (disk: string): boolean =>
  /^(sd[a-z]+|vd[a-z]+|hd[a-z]|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(disk);
