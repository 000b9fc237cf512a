import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { Member } from '../net/segment.ts';

/** dnsmasq as another DHCP server in a namespace, without DNS. Its leases are in `dnsmasq.leases` of the folder. */
export function startDnsmasq(
  { where, device }: Member,
  folder: string,
  ...settings: readonly string[]
): Daemon {
  return where.start(
    [
      ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root', '--no-ping'],
      ...[`--interface=${device}`, '--bind-interfaces', `--pid-file=${join(folder, 'pid')}`],
      ...[`--dhcp-leasefile=${join(folder, 'dnsmasq.leases')}`, ...settings],
    ],
    ['ignore', 'ignore', 'ignore'],
  );
}
