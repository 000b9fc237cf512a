import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../builder/shared/process/run.ts';
import { LEASE_SECONDS, LOADED, maskText } from './plan.ts';
import type { BenchServer } from './servers.ts';

/** dnsmasq, which keeps leases in one list: shown with an empty database alone. */
export const dnsmasq: BenchServer = {
  name: 'dnsmasq',
  probing: 'no (--no-ping)',
  durability: 'written, never synced',
  async version() {
    const { stdout } = await run(['dnsmasq', '--version'], { need: 'sh bin/setup.sh bench installs it' });
    return `dnsmasq ${/version (\S+)/i.exec(stdout)?.[1] ?? '?'}`;
  },
  async prepare(folder) {
    await mkdir(folder, { recursive: true });
  },
  start(folder, link) {
    const { from, to } = LOADED.range;
    return link.server.start(
      [
        ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root'],
        ...[`--interface=${link.serverDevice}`, '--bind-interfaces', '--no-ping', '--quiet-dhcp'],
        ...['--dhcp-authoritative', '--dhcp-lease-max=1000000', `--pid-file=${join(folder, 'pid')}`],
        ...[`--dhcp-leasefile=${join(folder, 'leases')}`, '--dhcp-option=6,192.0.2.53'],
        `--dhcp-range=${from},${to},${maskText(LOADED.cidr)},${LEASE_SECONDS}`,
      ],
      ['ignore', 'ignore', 'pipe'],
    );
  },
};
