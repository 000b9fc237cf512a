import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Text = string | Uint8Array;

export interface MachineSpec {
  /** Further files by path. */
  files?: Record<string, string>;
  dmi?: Partial<Record<'product_uuid' | 'product_serial' | 'sys_vendor' | 'product_name', Text>>;
  /** UEFI machines only; absent for BIOS. */
  efi?: { secureBoot: boolean | null };
  kvm?: boolean;
  cpuinfo?: string;
  /** KiB. */
  memory?: number;
  disks?: DiskSpec[];
  nics?: NicSpec[];
  cmdline?: string;
  hostname?: string;
  imageJson?: string;
  /** /sys/class/tty/console/active */
  consoles?: string;
}

export interface DiskSpec {
  name: string;
  /** In units of 512 bytes; absent when the file is. */
  sectors?: number;
  rotational?: boolean;
  model?: Text;
  /** device/serial (NVMe) or serial (virtio). */
  serial?: { at: 'device/serial' | 'serial'; text: Text };
  vpd80?: Uint8Array;
  /** Below /sys/devices, where its kernel device is; else /sys/block has no link. */
  device?: string;
  /** SCSI: device/wwid; NVMe: wwid. */
  wwid?: { at: 'device/wwid' | 'wwid'; text: string };
  /** Lines of udev's record. */
  udev?: string[];
  /** Of its SCSI host. */
  procName?: string;
  /** Second path of a multipath NVMe namespace. */
  hidden?: boolean;
}

export interface NicSpec {
  name: string;
  mac: string;
  /** What is behind the port; absent for bridges and ports of guests. */
  device?: {
    bus: 'pci' | 'virtio' | 'usb';
    vendor: string;
    product: string;
    driver?: string;
    virtual?: boolean;
  };
  /** Null when it cannot be read since the port is down. */
  carrier?: boolean | null;
}

/** A tree of fixtures that stands in for / (RACKHAND_ROOT): what the agent reads and writes. */
export interface Machine {
  root: string;
  read(path: string): Promise<string>;
  write(path: string, text: Text): Promise<void>;
  /** Lines of the kernel log, without the level. */
  said(): Promise<string[]>;
  /** Commands that would have changed the machine. */
  commands(): Promise<string[]>;
  remove(): Promise<void>;
}

const CPUINFO = 'processor\t: 0\nmodel name\t: EPYC\nflags\t\t: fpu svm\n';
const SECURE_BOOT = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

export async function makeMachine(spec: MachineSpec = {}): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), 'rackhand-machine-'));
  const write = async (path: string, text: Text) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const read = (path: string) => readFile(join(root, path), 'utf8');
  const link = async (path: string, target: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(join(root, target), join(root, path));
  };
  const linesOf = async (path: string) => (await read(path).catch(() => '')).split('\n').filter(Boolean);

  for (const [name, text] of Object.entries(spec.dmi ?? {})) await write(`sys/class/dmi/id/${name}`, text);
  await mkdir(join(root, 'sys/block'), { recursive: true });
  await mkdir(join(root, 'sys/class/net'), { recursive: true });
  await write('proc/cmdline', `${spec.cmdline ?? 'root=live:CDLABEL=RACKHAND quiet'}\n`);
  await write('proc/cpuinfo', spec.cpuinfo ?? CPUINFO);
  await write('proc/meminfo', `MemTotal: ${spec.memory ?? 2097152} kB\nMemAvailable:  1048577 kB\n`);
  await write('proc/uptime', '4711.42 9000.00\n');
  for (const [path, text] of Object.entries(spec.files ?? {})) await write(path, text);
  await write('proc/loadavg', '0.25 0.10 0.05 1/100 4711\n');
  await write('proc/sys/kernel/osrelease', '5.14.0-570.el9.x86_64\n');
  await write('proc/sys/kernel/hostname', `${spec.hostname ?? 'hypervisor'}\n`);
  await write(
    'etc/rackhand/image.json',
    spec.imageJson ?? '{"image":"0123456789abcdef","libvirt":"monolithic"}',
  );
  await write('dev/kmsg', '');
  if (spec.kvm ?? true) await write('dev/kvm', '');
  if (spec.consoles !== undefined) await write('sys/class/tty/console/active', spec.consoles);
  if (spec.efi) {
    await mkdir(join(root, 'sys/firmware/efi/efivars'), { recursive: true });
    const { secureBoot } = spec.efi;
    if (secureBoot !== null) await write(SECURE_BOOT, new Uint8Array([6, 0, 0, 0, secureBoot ? 1 : 0]));
  }
  for (const disk of spec.disks ?? []) await writeDisk(disk, write, link);
  for (const nic of spec.nics ?? []) await writeNic(nic, write, link);
  return {
    ...{ root, read, write },
    said: async () => (await linesOf('dev/kmsg')).map((line) => line.replace(/^<4>rackhand: /, '')),
    commands: () => linesOf('run/rackhand/commands'),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function writeDisk(
  disk: DiskSpec,
  write: Machine['write'],
  link: (path: string, target: string) => Promise<void>,
): Promise<void> {
  const { device, wwid, udev, procName } = disk;
  const at = device === undefined ? `sys/block/${disk.name}` : `sys/devices/${device}/block/${disk.name}`;
  if (device !== undefined) await link(`sys/block/${disk.name}`, at);
  if (wwid) await write(`${at}/${wwid.at}`, `${wwid.text}\n`);
  if (procName !== undefined) {
    const [host] = /^.*?\/host\d+/.exec(device!)!;
    await write(`sys/devices/${host}/scsi_host/${host.split('/').at(-1)}/proc_name`, `${procName}\n`);
  }
  if (udev) {
    await write(`${at}/dev`, '8:0\n');
    await write('run/udev/data/b8:0', udev.map((line) => `${line}\n`).join(''));
  }
  await write(`${at}/queue/rotational`, disk.rotational ? '1\n' : '0\n');
  if (disk.sectors !== undefined) await write(`${at}/size`, `${disk.sectors}\n`);
  if (disk.model !== undefined) await write(`${at}/device/model`, disk.model);
  if (disk.serial) await write(`${at}/${disk.serial.at}`, disk.serial.text);
  if (disk.vpd80) await write(`${at}/device/vpd_pg80`, disk.vpd80);
  if (disk.hidden !== undefined) await write(`${at}/hidden`, disk.hidden ? '1\n' : '0\n');
}

async function writeNic(
  nic: NicSpec,
  write: Machine['write'],
  link: (path: string, target: string) => Promise<void>,
): Promise<void> {
  const at = `sys/class/net/${nic.name}`;
  await write(`${at}/address`, `${nic.mac}\n`);
  // A read that fails, as that of a port that is down.
  if (nic.carrier === null) await write(`${at}/carrier/unreadable`, '');
  else await write(`${at}/carrier`, nic.carrier ? '1\n' : '0\n');
  if (!nic.device) return;
  const { bus, vendor, product, driver, virtual } = nic.device;
  const parent = `sys/devices/${bus === 'usb' ? 'usb' : 'pci'}-of-${nic.name}`;
  const own = bus === 'pci' ? parent : `${parent}/child`;
  if (bus !== 'usb') {
    await link(`${parent}/subsystem`, 'sys/bus/pci');
    await write(`${parent}/vendor`, `0x${vendor}\n`);
    await write(`${parent}/device`, `0x${product}\n`);
  }
  if (bus !== 'pci') await link(`${own}/subsystem`, `sys/bus/${bus}`);
  if (driver) await link(`${own}/driver`, `sys/bus/${bus}/drivers/${driver}`);
  if (virtual) await write(`${own}/physfn/uevent`, '');
  await link(`${at}/device`, own);
}
