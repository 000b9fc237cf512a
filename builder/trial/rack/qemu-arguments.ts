import type { UefiFiles } from './firmware.ts';
import type { CheckedNode } from './spec.ts';

export type Accelerator = 'kvm' | 'tcg';

/** Files and sockets of one machine. */
export interface NodePaths {
  qmp: string;
  serial: string;
  serialLog: string;
  /** What QEMU itself says. */
  log: string;
  disk: string;
  variables: string;
  /** Socket of the port `rackhand.health`. */
  channel: string;
}

export interface MachineFacts {
  qemu: string;
  accelerator: Accelerator;
  uefi: UefiFiles | undefined;
  macs: readonly string[];
  uuid: string;
  /** Names of the TAP devices, one for each MAC. */
  taps: readonly string[];
  paths: NodePaths;
}

/** QEMU's argument list for a machine of the rack: pure, asserted in the tests. */
export function qemuArguments(node: CheckedNode, facts: MachineFacts): string[] {
  const { paths, accelerator } = facts;
  return [
    facts.qemu,
    ...['-name', `guest=${node.name},debug-threads=off`],
    ...['-machine', `q35${node.firmware === 'uefi-secure' ? ',smm=on' : ''}`],
    ...accelerated(accelerator),
    ...['-smp', String(node.cpus), '-m', String(node.memory)],
    ...[
      '-uuid',
      facts.uuid,
      '-smbios',
      `type=1,manufacturer=Rackhand,product=Lab,uuid=${facts.uuid}${serialNumber(node)}`,
    ],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'std', '-boot', 'strict=on'],
    ...firmware(node, facts),
    ...facts.macs.flatMap((mac, i) => nic(node, mac, facts.taps[i]!, i)),
    ...(node.disk === undefined ? [] : disk(node, paths)),
    ...(node.iso === undefined ? [] : cdrom(node.iso)),
    ...(node.usb === undefined ? [] : stick(node.usb)),
    ...(node.httpBoot ? HTTP_BOOT : []),
    ...(node.channel ? channel(paths) : []),
    ...['-device', 'virtio-rng-pci'],
    ...[
      '-chardev',
      `socket,id=serial,path=${paths.serial},server=on,wait=off,logfile=${paths.serialLog},logappend=on`,
    ],
    ...['-serial', 'chardev:serial'],
    ...['-chardev', `socket,id=qmp,path=${paths.qmp},server=on,wait=off`, '-mon', 'chardev=qmp,mode=control'],
  ];
}

/** Emulated machines get everything that the emulator knows, so that KVM works inside them. */
function accelerated(accelerator: Accelerator): string[] {
  return accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max'];
}

function firmware(node: CheckedNode, { uefi, paths }: MachineFacts): string[] {
  if (!uefi) return [];
  return [
    ...(node.firmware === 'uefi-secure' ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${uefi.code}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${paths.variables}`],
  ];
}

/**
 * The first port boots unless there is a medium. With UEFI the card's own ROM (iPXE) is left out, so that the
 * firmware's own network boot asks, as on most servers.
 */
function nic(node: CheckedNode, mac: string, tap: string, index: number): string[] {
  const first = index === 0 && node.iso === undefined && node.usb === undefined;
  const rom = node.firmware === 'bios' && first ? '' : ',romfile=';
  const order = first ? ',bootindex=1' : '';
  return [
    ...['-netdev', `tap,id=net${index},ifname=${tap},script=no,downscript=no`],
    ...['-device', `${node.card},netdev=net${index},mac=${mac}${rom}${order}`],
  ];
}

function disk(node: CheckedNode, { disk: file }: NodePaths): string[] {
  return [
    ...['-drive', `if=none,id=disk0,format=qcow2,file=${file},discard=unmap`],
    ...['-device', `virtio-blk-pci,drive=disk0,serial=${node.name.slice(0, 20)},bootindex=9`],
  ];
}

function cdrom(iso: string): string[] {
  return [
    ...['-drive', `if=none,id=cd0,format=raw,media=cdrom,readonly=on,file=${iso}`],
    ...['-device', 'ide-cd,drive=cd0,bootindex=1'],
  ];
}

function stick(usb: string): string[] {
  return [
    ...['-drive', `if=none,id=usb0,format=raw,file=${usb}`],
    ...['-device', 'qemu-xhci', '-device', 'usb-storage,drive=usb0,removable=on,bootindex=1'],
  ];
}

/** OVMF leaves PXE out where these say so (OvmfPkg/README). */
const HTTP_BOOT = ['IPv4PXESupport', 'IPv6PXESupport'].flatMap((name) => [
  '-fw_cfg',
  `name=opt/org.tianocore/${name},string=no`,
]);

function channel({ channel: path }: NodePaths): string[] {
  return [
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=channel,path=${path},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=channel,name=rackhand.health'],
  ];
}

function serialNumber(node: CheckedNode): string {
  return node.serialNumber === undefined ? '' : `,serial=${node.serialNumber}`;
}
