import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Health } from '../../../builder/contract/health.ts';

// The image's own script, in a tree of fixtures and with programs that answer as on a host.

const OVERLAY = join(import.meta.dirname, '../../../builder/overlay/root');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-health-'));
  await file(
    'etc/rackhand/image.json',
    '{"image":"0123456789abcdef","selinux":"enforcing","ramRequired":2048}',
  );
  await file('proc/sys/kernel/hostname', 'hv1\n');
  await file('proc/cmdline', 'root=live:CDLABEL=X quiet\n');
  await file('proc/meminfo', 'MemTotal: 4194304 kB\nMemAvailable: 3145728 kB\nHugePages_Total: 0\n');
  await file('sys/fs/selinux/enforce', '1');
  await file('etc/fstab', '# nothing\n');
  await program('systemctl', '');
  await program('chronyc', 'echo "C0000201,192.0.2.1,3,1795600000.0,0.000123,0,0,0,0,0,0,0,0,Normal"');
  await program('virsh', '');
  await program('nft', '');
  await program('nmcli', 'echo eno1:connected');
  await program('modprobe', '');
  await program(
    'ip',
    `echo '[{"ifname":"eno1","addr_info":[{"family":"inet","local":"192.0.2.10","prefixlen":24}]}]'`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function program(name: string, body: string): Promise<void> {
  await file(`bin/${name}`, `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/** df -P -m of the root, in MiB. */
const df = (used: number, free: number) =>
  `printf 'Filesystem 1048576-blocks Used Available Capacity Mounted\\noverlay ${used + free} ${used} ${free} 80%% /\\n'`;

function health(...options: string[]) {
  const { status, stdout, stderr } = spawnSync('sh', [join(OVERLAY, 'usr/bin/rackhand-health'), ...options], {
    encoding: 'utf8',
    timeout: 20_000,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      RACKHAND_ROOT: folder,
      RACKHAND_LIB: join(OVERLAY, 'usr/libexec/rackhand/lib'),
      RACKHAND_GUEST_FOLDERS: folder,
      RACKHAND_GUEST_LOGS: folder,
      RACKHAND_GUEST_SECONDS: '3',
    },
  });
  return { status, stdout, stderr };
}

const one = (name: string) => {
  const { status, stdout } = health('--json', name);
  const [check] = Health.parse(JSON.parse(stdout)).checks;
  return { status, ...check! };
};

describe('rackhand-health', () => {
  it('says in JSON what the contract says, with the worst state as exit code', () => {
    const { status, stdout } = health('--json', 'bridge', 'selinux', 'units', 'time', 'network', 'memory');
    const told = Health.parse(JSON.parse(stdout));
    expect(told).toMatchObject({ state: 'ok', image: '0123456789abcdef', host: 'hv1' });
    expect(told.checks.map(({ name }) => name)).toEqual([
      ...['bridge', 'selinux', 'units', 'time', 'network', 'memory'],
    ]);
    expect(status).toBe(0);
  });
  it('says in text what is wrong and what to do', async () => {
    await program('chronyc', 'case $2 in tracking) echo "0,,0,0,0,0,0,0,0,0,0,0,0,Not synchronised";; esac');
    const { status, stdout } = health('time', 'memory');
    expect(stdout).toBe(
      '[warn] time     not in sync: nobody named a server of time\n' +
        '                -> recipe key ntp, or DHCP option 42\n' +
        '[ ok ] memory   3072 MiB of 4096 MiB are free\n',
    );
    expect(status).toBe(1);
  });
  it.each([
    ['0,0,0,0,0', 'nobody named a server of time'],
    ['2,1,0,0,0', 'not in sync yet (3 servers)'],
    ['1,0,0,0,2', '2 of 3 servers have no address'],
  ])('tells why time is not in sync: activity %s', async (activity, expected) => {
    await program(
      'chronyc',
      `case $2 in tracking) echo "0,Not synchronised";; activity) echo ${activity};; esac`,
    );
    expect(one('time')).toMatchObject({
      status: 1,
      state: 'warning',
      message: expect.stringContaining(expected),
    });
  });
  it('refuses a check that it does not have', () => {
    const { status, stderr } = health('colour');
    expect(status).toBe(64);
    expect(stderr).toContain('checks: kvm guest vhost');
  });
  it.each([
    ['units', () => program('systemctl', 'echo "chronyd.service loaded failed failed x"'), 'chronyd.service'],
    ['selinux', () => file('sys/fs/selinux/enforce', '0'), 'permissive, but the image says enforcing'],
    ['kvm', () => Promise.resolve(), 'there is no /dev/kvm'],
    ['bridge', () => program('modprobe', '[ "$2" != macvtap ]'), 'macvtap does not load'],
    ['network', () => program('ip', 'echo "[]"'), 'no address'],
    ['network', () => program('nft', 'exit 1'), 'the firewall is not there'],
    [
      'storage',
      () => file('run/rackhand/state-fault', 'sdb4 is damaged beyond repair\n'),
      'nothing is kept over restarts: sdb4 is damaged beyond repair',
    ],
    ['storage', () => file('proc/mdstat', 'md0 : active raid1 sda1[0]\n 1 blocks [2/1] [U_]\n'), 'degraded'],
    [
      'storage',
      () => file('etc/fstab', '/dev/sdx /data/none xfs defaults 0 0\n'),
      '/data/none is not mounted',
    ],
    ['memory', () => file('proc/cmdline', 'hugepagesz=1G hugepages=64\n'), '0 of 64 huge pages'],
    ['guest', () => program('virsh', 'echo "no emulator" >&2; exit 1'), 'no emulator'],
    ['guest', () => Promise.resolve(), 'said nothing in 3 s'],
  ])('%s fails: %#', async (name, spoil, expected) => {
    await spoil();
    const told = one(name);
    expect(told).toMatchObject({ status: 2, state: 'failed' });
    expect(told.message).toContain(expected);
    expect(told.mend).not.toBe(undefined);
  });
  it.each([
    [409, 103, 'ok'],
    [410, 102, 'warning'],
    [512, 0, 'warning'],
  ])('%i MiB of changes on / with %i left: %s', async (used, free, state) => {
    await program('df', df(used, free));
    const told = one('storage');
    expect(told.state).toBe(state);
    if (state !== 'ok') expect(told.message).toBe(`${used} of 512 MiB for what changes on / are used`);
  });
  it('takes a guest for confined only by its label', async () => {
    await guestWith('system_u:system_r:svirt_t:s0:c1,c2 (enforcing)');
    expect(one('guest')).toMatchObject({ state: 'ok', message: expect.stringContaining('svirt_t:s0:c1,c2') });
    await guestWith('system_u:system_r:unconfined_t:s0 (enforcing)');
    expect(one('guest')).toMatchObject({ state: 'failed', message: expect.stringContaining('not confined') });
  });
  it('starts a guest that a real machine boots, and that says what it was told', async () => {
    const [disk, serial] = [join(folder, 'disk.img'), join(folder, 'serial.txt')];
    const part = join(OVERLAY, 'usr/libexec/rackhand/lib/health/guest.sh');
    spawnSync('sh', ['-c', `. "$1"; guest_sector 0123456789abcdef >"$2"`, 'sh', part, disk]);
    const qemu = spawn(
      'qemu-system-x86_64',
      [
        ...[
          '-accel',
          'tcg',
          '-machine',
          'q35',
          '-m',
          '32',
          '-nodefaults',
          '-display',
          'none',
          '-vga',
          'none',
        ],
        ...['-serial', `file:${serial}`, '-drive', `if=none,id=d,format=raw,readonly=on,file=${disk}`],
        ...['-device', 'virtio-blk-pci,drive=d'],
      ],
      { stdio: 'ignore' },
    );
    try {
      await vi.waitFor(
        async () => expect(await readFile(serial, 'latin1')).toContain('rackhand-health:0123456789abcdef'),
        { timeout: 60_000, interval: 100 },
      );
    } finally {
      qemu.kill('SIGKILL');
    }
  });
  it('leaves nothing of its guest behind', async () => {
    await guestWith('system_u:system_r:svirt_t:s0 (enforcing)');
    health('guest');
    const left = spawnSync(
      'find',
      [folder, '-mindepth', '1', '(', '-name', '*health[.-]*', '-o', '-name', '.health*', ')'],
      {
        encoding: 'utf8',
      },
    ).stdout;
    expect(left).toBe('');
    expect(await readFile(join(folder, 'destroyed'), 'utf8')).toMatch(/^rackhand-health-[0-9a-f]{16}\n/);
  });
});

/** A virsh whose guest does what the boot sector does: the text behind the code goes to the serial port. */
async function guestWith(label: string): Promise<void> {
  await program(
    'virsh',
    `for last in "$@"; do :; done
case "$*" in
  *create*) serial=$(sed -n "s/.*source path='\\([^']*\\)'.*/\\1/p" "$last")
    tr -d '\\000' <"\${last%/*}/sector.img" | tail -c +20 >"$serial" ;;
  *dominfo*) echo 'Security label:  ${label}' ;;
  *destroy*) echo "$last" >>${join(folder, 'destroyed')} ;;
esac`,
  );
}
