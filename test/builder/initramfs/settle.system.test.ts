import { stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EMPTY_AREA } from '../../../builder/media/area.ts';
import { hostArea } from '../../../builder/media/host-area.ts';
import { HostConfig } from '../../../builder/media/host-config.ts';
import { CERTIFICATE, FINGERPRINT } from '../media/certificate.ts';
import { type Machine, makeMachine } from '../overlay/machine.ts';
import { INITRAMFS_FILES, runLive } from './booting.ts';

const TOKEN = '0123456789abcdef'.repeat(2);
const LABEL = 'RACKHAND-NET-0123ABCD';
const AREA = hostArea(
  HostConfig.parse({
    server: { address: '192.0.2.1:8443', certificate: CERTIFICATE, token: TOKEN },
    images: { address: 'https://192.0.2.1', certificate: CERTIFICATE },
  }),
)!;
const SETTINGS = `from=medium\nurl=https://192.0.2.1:8443\nca=${FINGERPRINT}\ntoken=${TOKEN}\n`;

let machine: Machine;
afterEach(() => machine.remove());

async function boot(cmdline: string, files: Record<string, Uint8Array>): Promise<void> {
  machine = await makeMachine({ cmdline, files: INITRAMFS_FILES });
  for (const [path, bytes] of Object.entries(files)) await machine.write(path, bytes);
}

const settings = () => machine.read('run/rackhand/settings').catch(() => undefined);
const ISO = 'run/initramfs/live/rackhand.cfg';

describe('what a medium tells goes to the agent', () => {
  it('of the medium that the image is on', async () => {
    await boot('root=live:CDLABEL=RACKHAND-0123ABCD', { [ISO]: AREA });
    await runLive(machine, ['settle']);
    expect(await settings()).toBe(SETTINGS);
    expect((await stat(join(machine.root, 'run/rackhand/settings'))).mode & 0o777).toBe(0o600);
  });
  it('of a network ISO, which is looked at for a moment', async () => {
    await boot(`root=live:http://192.0.2.1/rootfs/x rackhand.medium=${LABEL}`, {
      'run/initramfs/medium/rackhand.cfg': AREA,
      'dev/sr0': Buffer.alloc(0),
    });
    await machine.write('dev/disk/by-label/other', Buffer.alloc(0));
    await symlink('../../sr0', join(machine.root, 'dev/disk/by-label', LABEL));
    await runLive(machine, ['settle']);
    expect(await settings()).toBe(SETTINGS);
    const at = `${machine.root}/run/initramfs/medium`;
    expect(await machine.commands()).toEqual([
      `mount -o ro ${machine.root}/dev/disk/by-label/${LABEL} ${at}`,
      `umount ${at}`,
    ]);
  });
  it.each<[string, string, Uint8Array]>([
    ['an empty area', 'quiet', EMPTY_AREA],
    [
      'a server on the kernel command line',
      `rackhand.url=https://192.0.2.9:8443 rackhand.token=${TOKEN}`,
      AREA,
    ],
    [
      'a medium that names a server without its authority',
      'quiet',
      Buffer.from(`#:url=https://192.0.2.1\n#:token=${TOKEN}\n`),
    ],
  ])('%s leaves the question to the console', async (_name, cmdline, area) => {
    await boot(cmdline, { [ISO]: area });
    await runLive(machine, ['settle']);
    expect(await settings()).toBe(undefined);
  });
  it('settings that were there stay', async () => {
    await boot('quiet', { [ISO]: AREA });
    await machine.write('run/rackhand/settings', 'url=https://192.0.2.7:8443\n');
    await runLive(machine, ['settle']);
    expect(await settings()).toBe('url=https://192.0.2.7:8443\n');
  });
});

it('a network ISO that does not show up is not waited for without end', async () => {
  await boot(`root=live:http://127.0.0.1:9/x rackhand.medium=${LABEL} rackhand.size=1`, {});
  await writeFile(join(machine.root, 'sbin/dmsquash-live-root'), '');
  await runLive(machine, ['fetch', 'eth0', 'livenet:http://127.0.0.1:9/x'], { RACKHAND_MEDIUM_TRIES: '1' });
  expect(await machine.said()).toContain(
    `the medium ${LABEL} does not show up: going on without what it tells`,
  );
});
