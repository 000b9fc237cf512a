import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../../builder/shared/atomic.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { findFirmware, findQemu } from '../../../builder/trial/rack/firmware.ts';
import { lineOf, makeNamespace, type Namespace } from '../net/namespaces.ts';

/** Firmware tries each way for a minute or more before the next; emulated, on a machine that does other things too. */
const BOOT_MS = 8 * 60_000;
/** iPXE takes 13 s and more to find out by itself that nobody answers. */
const PATIENCE_MS = 5000;
const DEVICE = 'rack0';
const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');

const subnet = { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.100', to: '198.51.100.199' }] };
const ipv6 = {
  ...{ address: 'fd00:52::1', prefix: 'fd00:52::/64' },
  range: { from: 'fd00:52::100', to: 'fd00:52::1ff' },
};

let folder: string;
let network: Namespace;
let ends: (() => Promise<unknown>)[];
beforeEach(async () => {
  ends = [];
  folder = await mkdtemp(join(tmpdir(), 'rackhand-firmware6-'));
  await chmod(folder, 0o755);
  ends.push(() => rm(folder, { recursive: true, force: true }));
  network = await makeNamespace(`rh-f-${folder.slice(-6)}`);
  ends.push(() => run(['ip', 'netns', 'delete', network.name]));
  const ip = (...argv: string[]) => network.run(['ip', ...argv]);
  await ip('tuntap', 'add', DEVICE, 'mode', 'tap');
  await ip('link', 'set', DEVICE, 'up');
  await ip('address', 'add', '198.51.100.1/24', 'dev', DEVICE);
  await ip('-6', 'address', 'add', `${ipv6.address}/64`, 'dev', DEVICE, 'nodad');
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

/** The service with what is given for the interface, and no image: a machine is told so by its script. */
async function serve(given: object): Promise<void> {
  const catalog = join(folder, 'catalog');
  await mkdir(catalog);
  const config = join(folder, 'rackhand.yaml');
  const interfaces = [{ name: DEVICE, address: '198.51.100.1', ...given }];
  await writeFileAtomic(
    config,
    stringify({ state: join(folder, 'state'), images: { catalog }, provisioning: { interfaces } }),
  );
  const service = network.start(['sh', '-c', `exec "$0" serve --config "$1" 2>&1`, PROGRAM, config]);
  ends.push(() => service.stop(10_000));
  await lineOf(service, (line) => line.includes('"msg":"ready"'));
}

/** A machine with UEFI that does not try what is named. @returns what its serial console has shown so far */
async function switchOn(without: readonly string[]): Promise<() => Promise<string>> {
  const uefi = await findFirmware('uefi');
  const [variables, serial] = [join(folder, 'variables.fd'), join(folder, 'serial.log')];
  await copyFile(uefi!.variables, variables);
  const argv = [
    ...[await findQemu(), '-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'max'],
    ...['-smp', '2', '-m', '1024', '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${uefi!.code}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ...['-netdev', `tap,id=net0,ifname=${DEVICE},script=no,downscript=no`],
    ...['-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:4c:01:00,romfile=,bootindex=1'],
    ...['-device', 'virtio-rng-pci', '-serial', `file:${serial}`],
    ...without.flatMap((name) => ['-fw_cfg', `name=opt/org.tianocore/${name},string=no`]),
  ];
  const machine = network.start(argv, ['ignore', 'inherit', 'inherit']);
  ends.push(() => machine.stop());
  return () => readFile(serial, 'latin1').catch(() => '');
}

describe('OVMF', () => {
  it.each([
    {
      way: 'PXE over IPv6',
      without: ['IPv4PXESupport'],
      steps: ['>>Start PXE over IPv6', 'NBP filename is snponly.efi', 'NBP file downloaded successfully'],
    },
    {
      way: 'HTTP Boot over IPv6',
      without: ['IPv4PXESupport', 'IPv6PXESupport'],
      steps: ['>>Start HTTP Boot over IPv6', 'URI: http://[fd00:52::1]/boot/snponly.efi'],
    },
  ])(
    'boots by $way alone, and iPXE gets its script by IPv6',
    { timeout: BOOT_MS },
    async ({ without, steps }) => {
      await serve({ ipv6 });
      const shown = await switchOn(without);
      const all = [...steps, 'Filename: http://[fd00:52::1]/boot/start.ipxe', 'does not boot [no-image]'];
      await expect.poll(shown, { timeout: BOOT_MS, interval: 1000 }).toContain(all.at(-1));
      const text = await shown();
      expect(all.map((step) => [step, text.includes(step)])).toEqual(all.map((step) => [step, true]));
    },
  );
});

describe('iPXE where IPv4 alone is served', () => {
  const SCRIPT = 'http://198.51.100.1/boot/start.ipxe';
  it('asks for its script at once, since it hears that there are no IPv6 addresses', {
    timeout: BOOT_MS,
  }, async () => {
    await serve({ subnet });
    const shown = await switchOn([]);
    await expect.poll(shown, { timeout: BOOT_MS, interval: 1000 }).toContain('does not boot [no-image]');
    const events = await eventsOfService();
    const at = (fits: (event: EventRow) => boolean) => Date.parse(events.find(fits)!.time);
    const leased = at(({ kind, message }) => kind === 'lease' && message.includes(SCRIPT));
    const asked = at(({ kind }) => kind === 'refused');
    expect(asked - leased).toBeLessThan(PATIENCE_MS);
  });
});

interface EventRow {
  time: string;
  kind: string;
  message: string;
}

async function eventsOfService(): Promise<EventRow[]> {
  const token = (await readFile(join(folder, 'state/control/api-token'), 'utf8')).trim();
  const url = 'http://127.0.0.1:8080/api/v1/events?limit=200';
  const { stdout } = await network.run(['curl', '-s', '-H', `Authorization: Bearer ${token}`, url]);
  return (JSON.parse(stdout) as { events: EventRow[] }).events;
}
