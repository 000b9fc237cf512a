import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { findFirmware, findQemu } from '../../../builder/trial/rack/firmware.ts';
import { qemuArguments } from '../../../builder/trial/rack/qemu-arguments.ts';
import { parseNode } from '../../../builder/trial/rack/spec.ts';
import type { Member } from '../net/segment.ts';

/**
 * Powers on an emulated machine without a disk, whose port is bridged to the device of a namespace.
 * @param folder gets what QEMU writes
 */
export async function powerOn(
  { where, device }: Member,
  firmware: 'bios' | 'uefi',
  mac: string,
  folder: string,
): Promise<Daemon> {
  const tap = `t${device}`;
  const ip = (...argv: string[]) => where.run(['ip', ...argv]);
  await ip('link', 'add', 'inside', 'type', 'bridge', 'forward_delay', '0');
  await ip('tuntap', 'add', 'dev', tap, 'mode', 'tap');
  for (const port of [device, tap]) await ip('link', 'set', port, 'master', 'inside', 'up');
  await ip('link', 'set', 'inside', 'up');
  const uefi = await findFirmware(firmware);
  const file = (name: string) => join(folder, name);
  if (uefi) await copyFile(uefi.variables, file('variables'));
  const argv = qemuArguments(parseNode(`name=machine,firmware=${firmware}`), {
    ...{ qemu: await findQemu(), accelerator: 'tcg', uefi, macs: [mac], taps: [tap] },
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    paths: {
      ...{ qmp: file('qmp'), serial: file('serial'), serialLog: file('serial.log'), log: file('log') },
      ...{ disk: file('disk'), variables: file('variables'), channel: file('channel') },
    },
  });
  return where.start(argv, ['ignore', 'ignore', 'ignore']);
}
