import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { findFirmware, findQemu } from '../../../builder/trial/rack/firmware.ts';
import type { Link } from '../net/namespaces.ts';
import type { RealClient } from './real-clients.ts';

export interface GrubMedium {
  script: string;
  modules: string;
  /** Files on it, by their names under (memdisk). */
  files?: Record<string, string>;
}

/** GRUB on a medium that asks for an address by itself, as its net_bootp does. */
export const grub: RealClient = {
  name: 'GRUB',
  start: (link, folder) =>
    startGrub(link, folder, {
      ...{ script: 'net_bootp\nsleep 5\nnet_bootp\nsleep 600\n', modules: 'efinet net sleep' },
    }),
};

/** Powers on a machine with the medium behind the client's device; its serial console goes to the file "serial.log". */
export async function startGrub(
  { client, clientDevice }: Pick<Link, 'client' | 'clientDevice'>,
  folder: string,
  medium: GrubMedium,
): Promise<Daemon> {
  const tap = `tg${clientDevice.slice(2)}`;
  const ip = (...argv: string[]) => client.run(['ip', ...argv]);
  const { stdout } = await client.run(['cat', `/sys/class/net/${clientDevice}/address`]);
  await ip('link', 'set', clientDevice, 'address', '02:00:00:00:00:01');
  await ip('link', 'add', 'switch', 'type', 'bridge', 'forward_delay', '0');
  await ip('tuntap', 'add', 'dev', tap, 'mode', 'tap');
  for (const port of [clientDevice, tap]) await ip('link', 'set', port, 'master', 'switch', 'up');
  await ip('link', 'set', 'switch', 'up');
  await makeMedium(folder, medium);
  const uefi = await findFirmware('uefi');
  const variables = join(folder, 'variables');
  await copyFile(uefi!.variables, variables);
  const argv = [
    ...[await findQemu(), '-machine', 'q35', '-accel', 'tcg', '-m', '512', '-nodefaults', '-display', 'none'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${uefi!.code}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ...['-drive', `if=none,id=medium,format=raw,readonly=on,file=fat:${join(folder, 'medium')}`],
    ...['-device', 'virtio-blk-pci,drive=medium,bootindex=1'],
    ...['-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=net0,mac=${stdout.trim()},romfile=,bootindex=2`],
    ...['-serial', `file:${join(folder, 'serial.log')}`],
  ];
  return client.start(argv, ['ignore', 'ignore', 'ignore']);
}

async function makeMedium(folder: string, { script, modules, files = {} }: GrubMedium): Promise<void> {
  const boot = join(folder, 'medium/EFI/BOOT');
  await mkdir(boot, { recursive: true });
  const config = join(folder, 'grub.cfg');
  await writeFile(config, script);
  const argv = ['grub-mkstandalone', '--format=x86_64-efi', `--modules=${modules}`];
  const all = { 'boot/grub/grub.cfg': config, ...files };
  const placed = Object.entries(all).map(([name, path]) => `${name}=${path}`);
  await run([...argv, '--output', join(boot, 'BOOTX64.EFI'), ...placed], {
    need: 'sh bin/setup.sh installs it',
  });
}
