/** Hosts whose scripts are asked for in turn, with MACs that follow each other. */
export const HOSTS = 2000;
export const FIRST_MAC = 0x0add_0000_0000;
export const IMAGE = '0123456789abcdef';
export const FILE = 'rootfs.squashfs';
export const FILE_BYTES = 500_000_000;
/** Clients at once, and how many downloads they make in all. */
export const LOADS = [
  { clients: 1, downloads: 8 },
  { clients: 8, downloads: 16 },
  { clients: 64, downloads: 64 },
];
export const SCRIPT_SECONDS = 10;
