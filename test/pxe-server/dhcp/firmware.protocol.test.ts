import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFirmware, findQemu } from '../../../builder/trial/rack/firmware.ts';
import { qemuArguments } from '../../../builder/trial/rack/qemu-arguments.ts';
import { parseNode } from '../../../builder/trial/rack/spec.ts';
import { InteropScene } from './interop-scene.ts';
import { type RunningServer, startServer } from './running-server.ts';

const MAC = '52:54:00:12:34:71';

let scene: InteropScene;
let server: RunningServer;
beforeEach(async () => {
  scene = await InteropScene.make({ lost: 10, doubled: 15, late: 15, seed: 4578 });
  const { link, folder } = scene;
  const range = { from: '198.51.100.100', to: '198.51.100.110' };
  server = await startServer(link, { folder, range });
  scene.atEnd(() => server.stop());
});
afterEach(() => scene?.end());

/** A machine without a disk, whose port is on the client's end of the link. */
async function powerOn(firmware: 'bios' | 'uefi'): Promise<void> {
  const { link, folder } = scene;
  const tap = `tq${link.clientDevice.slice(2)}`;
  const inside = (...argv: string[]) => link.client.run(['ip', ...argv]);
  await inside('link', 'add', 'switch', 'type', 'bridge', 'forward_delay', '0');
  await inside('tuntap', 'add', 'dev', tap, 'mode', 'tap');
  for (const device of [link.clientDevice, tap])
    await inside('link', 'set', device, 'master', 'switch', 'up');
  await inside('link', 'set', 'switch', 'up');
  const uefi = await findFirmware(firmware);
  const file = (name: string) => join(folder, name);
  if (uefi) await copyFile(uefi.variables, file('variables'));
  const argv = qemuArguments(parseNode(`name=machine,firmware=${firmware}`), {
    ...{ qemu: await findQemu(), accelerator: 'tcg', uefi, macs: [MAC], taps: [tap] },
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    paths: {
      ...{ qmp: file('qmp'), serial: file('serial'), serialLog: file('serial.log'), log: file('log') },
      ...{ disk: file('disk'), variables: file('variables'), channel: file('channel') },
    },
  });
  const machine = link.client.start(argv, ['ignore', 'ignore', 'ignore']);
  scene.atEnd(() => machine.stop());
}

describe('firmware, over a link that loses, doubles and reorders', () => {
  it.each([
    ['SeaBIOS with an iPXE ROM', 'bios'],
    ['OVMF', 'uefi'],
  ] as const)('%s gets one address, and its boot file', async (_name, firmware) => {
    await powerOn(firmware);
    const lease = await server.event(({ kind }) => kind === 'ack');
    expect(lease).toMatchObject({
      mac: MAC,
      address: '198.51.100.100',
      message: 'leased 198.51.100.100, boot file snponly.efi',
    });
    const { lost, doubled, late, passed } = await scene.link.passage();
    expect(lost + doubled + late).toBeGreaterThan(0);
    expect(passed).toBeGreaterThan(0);
    expect(server.events.filter(({ kind }) => kind === 'malformed' || kind === 'failed')).toEqual([]);
    expect(new Set(server.events.map(({ address }) => address))).toEqual(new Set(['198.51.100.100']));
  });
});
