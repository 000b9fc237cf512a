import { afterEach, expect, it } from 'vitest';
import { type Machine, makeMachine } from '../overlay/machine.ts';
import { INITRAMFS_FILES, runLive } from './booting.ts';

let machine: Machine;
afterEach(() => machine.remove());

const NETWORK = 'root=live:http://192.0.2.1/rootfs.squashfs';
/** Devices on the PCI bus, by class, vendor and device; with or without a driver. */
const pci = (...devices: [id: string, kind: string, driven: boolean][]) =>
  Object.fromEntries(
    devices.flatMap(([id, kind, driven], i) => {
      const at = `sys/bus/pci/devices/0000:00:0${i}.0`;
      const [vendor, device] = id.split(':');
      return [
        [`${at}/class`, `0x${kind}\n`],
        [`${at}/vendor`, `0x${vendor}\n`],
        [`${at}/device`, `0x${device}\n`],
        ...(driven ? [[`${at}/driver/module`, '']] : []),
      ];
    }),
  );
const look = async (files: Record<string, string>, seconds = '0', cmdline = NETWORK, nics = false) => {
  machine = await makeMachine({
    ...{ cmdline, files: { ...INITRAMFS_FILES, ...files } },
    ...(nics
      ? {
          nics: [
            {
              name: 'eth0',
              mac: '52:54:00:00:00:01',
              device: { bus: 'pci', vendor: '8086', product: '1521' },
            },
          ],
        }
      : {}),
  });
  return runLive(machine, ['cards'], { RACKHAND_CARDS_SECONDS: seconds });
};
const NE2000: [string, string, boolean] = ['10ec:8029', '020000', false];

it('the cards that have no driver are named, and nothing else', async () => {
  const files = pci(
    ['8086:2922', '010601', true],
    NE2000,
    ['1af4:1005', '00ff00', false],
    ['8086:1521', '020000', true],
    ['15b3:1017', '020700', false],
  );
  expect((await look(files)).code).toBe(0);
  expect(await machine.said()).toEqual([
    'no network card works: this image has no driver for PCI 10ec:8029 15b3:1017',
    'mend: rackhand images fit IMAGE --pci 10ec:8029 15b3:1017 says which rule took it, or that no package has it',
  ]);
});
it('no card at all', async () => {
  expect((await look(pci(['8086:2922', '010601', true]))).code).toBe(0);
  expect((await machine.said())[0]).toBe(
    'no network card works, and none without a driver is on the PCI bus',
  );
});
it('a slow card is waited for', async () => {
  expect((await look(pci(NE2000), '15')).code).toBe(1);
  await machine.write('proc/uptime', '4725.99 9000.00\n');
  expect((await runLive(machine, ['cards'])).code).toBe(1);
  expect(await machine.said()).toEqual([]);
  await machine.write('proc/uptime', '4726.01 9000.00\n');
  expect((await runLive(machine, ['cards'])).code).toBe(0);
  expect((await machine.said())[0]).toContain('10ec:8029');
});
it.each([
  ['one card that works is enough', NETWORK, true],
  ['a medium needs no network', 'root=live:CDLABEL=RACKHAND', false],
])('%s', async (_name, cmdline, nics) => {
  expect((await look(pci(NE2000), '0', cmdline, nics)).code).toBe(0);
  expect(await machine.said()).toEqual([]);
});
