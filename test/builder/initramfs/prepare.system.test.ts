import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Machine, makeMachine } from '../overlay/machine.ts';
import { until } from '../overlay/running.ts';
import { INITRAMFS_FILES, runLive } from './booting.ts';

const MIB = 1024;

let machine: Machine;
afterEach(() => machine.remove());

async function prepare(cmdline: string, memory: number) {
  machine = await makeMachine({ cmdline, memory, files: INITRAMFS_FILES });
  return runLive(machine, ['prepare']);
}

const FROM_NETWORK = 'root=live:http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs';
const FROM_MEDIUM = 'root=live:CDLABEL=RACKHAND-0123ABCD';

describe('memory', () => {
  // MemTotal of a machine is less than what is in it.
  it.each([
    [`${FROM_NETWORK} rackhand.ram=2048`, 1970],
    [`${FROM_NETWORK} rackhand.ram=2048`, 1844],
    [`${FROM_MEDIUM} rackhand.ram=1900`, 1750],
    [`${FROM_MEDIUM}`, 200],
    [`${FROM_MEDIUM} rackhand.ram=0x800`, 200],
    [`${FROM_MEDIUM} rackhand.ram=99999999999999999999`, 200],
  ])('%s: %i MiB do', async (cmdline, memory) => {
    expect((await prepare(cmdline, memory * MIB)).code).toBe(0);
    expect(await machine.said()).toEqual([]);
  });
  it('too little for a medium stops at once', async () => {
    expect((await prepare(`${FROM_MEDIUM} rackhand.ram=1900`, 900 * MIB)).code).toBe(1);
    expect(await machine.said()).toEqual([
      'stopped [memory-short]: this boot needs 1900 MiB of memory, this machine has 900 MiB',
      'mend: put in more memory, or boot another way',
      'Enter restarts this machine; it restarts by itself after 10 min',
      'restarting',
    ]);
    expect(await machine.commands()).toEqual(['reboot -f -f']);
  });
  it('too little for the network goes on to the service, and fetches nothing', async () => {
    expect((await prepare(`${FROM_NETWORK} rackhand.ram=2048 rackhand.wait=3`, 1000 * MIB)).code).toBe(0);
    await until('the restart', async () =>
      (await machine.commands()).includes('reboot -f -f') ? true : undefined,
    );
    expect(await machine.said()).toEqual([
      'stopped [memory-short]: this boot needs 2048 MiB of memory, this machine has 1000 MiB',
      'mend: put in more memory, or boot the ISO, which needs less',
      'Enter restarts this machine; it restarts by itself after 3 min',
      'restarting',
    ]);
    expect(await machine.read('run/rackhand/stopped')).toBe('memory-short\n');
  });
});

describe('the room for changes of the live root', () => {
  const mounted = async () =>
    (await machine.commands()).map((command) => /size=(\d+)m.*\/run\/initramfs\/overlay$/.exec(command)?.[1]);
  it.each([
    ['a quarter of the memory', FROM_NETWORK, 8192, '2048'],
    ['not less than 256 MiB', FROM_NETWORK, 512, '256'],
    ['not more than 4 GiB', FROM_NETWORK, 262144, '4096'],
    ['what the command line says', `${FROM_NETWORK} rd.live.overlay.size=6000`, 262144, '6000'],
    ['what it says, but not less than 256 MiB', `${FROM_MEDIUM} rd.live.overlay.size=1`, 8192, '256'],
  ])('is %s', async (_name, cmdline, memory, size) => {
    await prepare(cmdline, memory * MIB);
    expect(await mounted()).toEqual([size]);
    for (const [name, place] of [
      ['overlayfs', 'upper'],
      ['ovlwork', 'work'],
    ] as const)
      expect(await readlink(join(machine.root, 'run', name))).toBe(`/run/initramfs/overlay/${place}`);
  });
  it('is on the medium where that keeps changes', async () => {
    await prepare(`${FROM_MEDIUM} rd.live.overlay=LABEL=KEPT`, 8192 * MIB);
    expect(await machine.commands()).toEqual([]);
  });
});

it('warnings are shown from now on; a boot that shows more goes on showing it', async () => {
  await prepare(FROM_MEDIUM, 4096 * MIB);
  expect(await machine.read('proc/sys/kernel/printk')).toBe('5\n');
  await machine.remove();
  machine = await makeMachine({ files: { ...INITRAMFS_FILES, 'proc/sys/kernel/printk': '7 4 1 7\n' } });
  await runLive(machine, ['prepare']);
  expect(await machine.read('proc/sys/kernel/printk')).toBe('7 4 1 7\n');
});
