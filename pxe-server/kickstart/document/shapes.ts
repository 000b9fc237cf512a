import type { CommandNode, IncludeNode, PackageEntry, SectionNode } from '../nodes.ts';
import type { Release } from '../releases.ts';

/** What a kickstart asks for, typed; each part knows the line that it comes from. Sizes are MiB. */
export interface Document {
  release: Release;
  /** What only the installer will read. While there is any, what is missing here may be there. */
  unseen: readonly IncludeNode[];
  sources: readonly Source[];
  repositories: readonly Repository[];
  storage: Storage;
  network: readonly NetworkDevice[];
  root?: Root;
  users: readonly User[];
  sshKeys: readonly { username: string; key: string; node: CommandNode }[];
  /** realm join. */
  realm?: { name: string; node: CommandNode };
  bootloader?: Bootloader;
  packages: readonly PackageEntry[];
  scripts: readonly Script[];
  firewall?: Firewall;
  /** Of the rest, the command that counts: the last one. */
  last: ReadonlyMap<string, CommandNode>;
}

export const SOURCES = [
  ...['url', 'nfs', 'cdrom', 'harddrive', 'hmc', 'liveimg'],
  ...['ostreesetup', 'ostreecontainer', 'bootc'],
] as const;

export interface Source {
  kind: string;
  /** True when what is installed is an image that brings its packages and accounts along. */
  image: boolean;
  /** As it is given: a URL, or what else leads there. */
  location?: string;
  node: CommandNode;
}

export interface Repository {
  name: string;
  location?: string;
  node: CommandNode;
}

export interface Encryption {
  passphrase?: string;
  version?: string;
  cipher?: string;
  pbkdf?: string;
  /** KiB. */
  pbkdfMemory?: number;
  /** Milliseconds. */
  pbkdfTime?: number;
  pbkdfIterations?: number;
}

export interface FileSystem {
  /** /…, swap, none, or a name such as pv.01 that others use it by. */
  mountpoint: string;
  type?: string;
  label?: string;
  mountOptions?: string;
  mkfsOptions?: string;
  profile?: string;
  /** False with --noformat. */
  format: boolean;
  encryption?: Encryption;
  node: CommandNode;
}

export interface Sized {
  size?: number;
  maxsize?: number;
  grow: boolean;
  /** Chosen by the installer after the memory of the machine: --recommended, --hibernation. */
  chosen?: 'recommended' | 'hibernation';
  resize: boolean;
}

export interface Partition extends FileSystem, Sized {
  disk?: string;
  /** An existing partition that is used. */
  existing?: string;
  primary: boolean;
}

export interface Raid extends FileSystem {
  device: string;
  level?: string;
  members: readonly string[];
  spares: number;
  /** KiB. */
  chunk?: number;
  existing: boolean;
}

export interface VolumeGroup {
  name: string;
  members: readonly string[];
  /** KiB; nought is the installer's 4096. */
  extent: number;
  reservedSpace?: number;
  reservedPercent?: number;
  existing: boolean;
  node: CommandNode;
}

export interface Volume extends FileSystem, Sized {
  name: string;
  group: string;
  percent?: number;
  kind: 'linear' | 'thin' | 'thin-pool';
  pool?: string;
  /** MiB. */
  metadata?: number;
  /** KiB. */
  chunk?: number;
  cached: boolean;
  existing: boolean;
}

export interface Mount {
  device: string;
  mountpoint: string;
  /** A file system; true for the one that is there, made anew. */
  reformat?: string | true;
  node: CommandNode;
}

export interface Automatic {
  layout: 'lvm' | 'plain' | 'thinp';
  type?: string;
  encryption?: Encryption;
  home: boolean;
  boot: boolean;
  swap: boolean;
  /** Swap that takes the memory too. */
  hibernation: boolean;
  node: CommandNode;
}

export interface Storage {
  zerombr?: CommandNode;
  clear?: {
    what?: string;
    disks: readonly string[];
    partitions: readonly string[];
    label?: string;
    init: boolean;
    node: CommandNode;
  };
  ignored: readonly string[];
  /** The only disks that may be used, if it says so. */
  only?: readonly string[];
  automatic?: Automatic;
  /** reqpart: what the firmware needs is made. */
  required?: { boot: boolean; node: CommandNode };
  partitions: readonly Partition[];
  raids: readonly Raid[];
  groups: readonly VolumeGroup[];
  volumes: readonly Volume[];
  mounts: readonly Mount[];
}

export interface NetworkDevice {
  device?: string;
  hostname?: string;
  proto: string;
  ip?: string;
  netmask?: string;
  gateway?: string;
  ipv6?: string;
  ipv6gateway?: string;
  nameservers: readonly string[];
  mtu?: string;
  vlan?: string;
  /** --interfacename */
  interfaceName?: string;
  /** Search domains. */
  search: { ipv4: readonly string[]; ipv6: readonly string[] };
  /** Servers that DHCP or the router names are not asked. */
  ignoreDns: { ipv4: boolean; ipv6: boolean };
  dhcpClass?: string;
  bond?: { members: readonly string[]; options: string };
  bridge?: { members: readonly string[]; options: string };
  team: boolean;
  ipv4: boolean;
  ipv6Enabled: boolean;
  onboot: boolean;
  defaultRoute: boolean;
  node: CommandNode;
}

export interface Password {
  text: string;
  crypted: boolean;
}

export interface Root {
  password?: Password;
  locked: boolean;
  allowSsh: boolean;
  node: CommandNode;
}

export interface User {
  name: string;
  password?: Password;
  locked: boolean;
  groups: readonly string[];
  uid?: number;
  gid?: number;
  home?: string;
  shell?: string;
  gecos?: string;
  node: CommandNode;
}

export interface Bootloader {
  location: string;
  disabled: boolean;
  drive?: string;
  append: string;
  timeout?: number;
  password?: Password;
  node: CommandNode;
}

export interface Firewall {
  enabled: boolean;
  ports: readonly string[];
  services: readonly string[];
  /** Of those that are allowed by themselves. */
  removed: readonly string[];
  /** Devices from which everything is let in. */
  trusted: readonly string[];
  /** It stays as it is. */
  untouched: boolean;
  node: CommandNode;
}

export interface Script {
  when: 'pre' | 'pre-install' | 'post' | 'onerror' | 'traceback';
  interpreter: string;
  chroot: boolean;
  stopsOnError: boolean;
  log?: string;
  text: string;
  node: SectionNode;
}
