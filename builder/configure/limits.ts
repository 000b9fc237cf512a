import { CONSOLE_PORTS, MIGRATION_PORTS, range, TLS_PORT } from './ports.ts';

/**
 * What a host is set to so that it carries 2,000 guests, each with a handful of disks and network ports: one row
 * for each value, with the reason. The kernel's documentation of them: Documentation/admin-guide/sysctl/.
 */

/** Guests that one host is prepared for. */
export const GUESTS = 2000;

export interface Limit {
  name: string;
  value: string;
  because: string;
}

/** sysctl(8). */
export const SYSCTLS: readonly Limit[] = [
  // Processes, threads, files
  row(
    'kernel.pid_max',
    4194304,
    'the most there is: a guest has some 20 threads and up to 64 more for disk I/O',
  ),
  row(
    'kernel.threads-max',
    4194304,
    'as many threads as there may be numbers for them; memory is the true limit',
  ),
  row('fs.file-max', '9223372036854775807', 'a guest holds some 250 files; memory is the true limit'),
  row('fs.nr_open', 1073741816, 'units above ask for more files than the default lets one process have'),
  row(
    'fs.aio-max-nr',
    4194304,
    'QEMU reserves 1,024 requests for each thread with native I/O, two in a guest',
  ),
  row('fs.inotify.max_user_instances', 8192, 'all daemons of the host are one user, with 128 by default'),
  row(
    'fs.inotify.max_user_watches',
    1048576,
    'dnsmasq, udev and swtpm watch files of every guest and network',
  ),
  row('kernel.keys.root_maxkeys', 1000000, 'each container of a machine scope and each NFS mount takes keys'),
  // Memory
  row(
    'vm.max_map_count',
    262144,
    'each coroutine of QEMU is two mappings, and a guest with many queues has 30,000',
  ),
  row('vm.swappiness', 10, "guests' memory stays (tuned's virtual-host says the same)"),
  row('vm.dirty_background_ratio', 5, 'write-back starts early, so that guests are not held up in one go'),
  row('vm.dirty_ratio', 40, "a guest's burst of writes fits before its process has to wait (virtual-host)"),
  // Network
  ...['ipv4', 'ipv6'].flatMap((family) => [
    row(`net.${family}.neigh.default.gc_thresh1`, 8192, 'below this many neighbours none is forgotten'),
    row(`net.${family}.neigh.default.gc_thresh2`, 32768, 'four addresses for each guest, and their network'),
    row(`net.${family}.neigh.default.gc_thresh3`, 65536, 'past this many a new neighbour is refused'),
  ]),
  row('-net.bridge.bridge-nf-call-iptables', 0, "frames between guests are not for the host's firewall"),
  row('-net.bridge.bridge-nf-call-ip6tables', 0, 'the same for IPv6'),
  row('-net.bridge.bridge-nf-call-arptables', 0, 'the same for ARP'),
  row(
    'net.ipv4.ip_local_reserved_ports',
    [range(CONSOLE_PORTS), TLS_PORT, range(MIGRATION_PORTS)].join(),
    "an outgoing connection must not take a port of consoles, libvirt or migrations (IPv6's too)",
  ),
  row('net.core.somaxconn', 4096, 'a manager that comes back connects to every console at once'),
  row(
    'net.core.netdev_max_backlog',
    16384,
    'bursts from 2,000 guests to one bridge wait instead of being lost',
  ),
  row('net.ipv4.conf.default.rp_filter', 2, 'storage and migration networks may answer on another way'),
  row('net.ipv4.conf.all.rp_filter', 2, 'the same for interfaces that are there already'),
  // The host itself
  row('kernel.panic', 30, 'a host that died comes back, and the console can be read before'),
  row('kernel.printk', '5 4 1 7', 'what the agent says (warning) reaches the consoles of a quiet boot'),
  row('kernel.sysrq', 1, 'a hung host can be synced and restarted from its console'),
];

/** Drop-ins of units: [unit, section, key, value, because]. */
export interface UnitLimit {
  unit: string;
  section: 'Service' | 'Slice';
  settings: Limit[];
}

/** systemd.resource-control(5), systemd.exec(5). */
export const UNIT_LIMITS: readonly UnitLimit[] = [
  {
    unit: 'machine.slice',
    section: 'Slice',
    settings: [row('TasksMax', 'infinity', "all guests' threads are in here")],
  },
  ...['libvirtd.service', 'virtqemud.service'].map((unit) => ({
    unit,
    section: 'Service' as const,
    settings: [
      row('LimitNOFILE', 65536, 'monitor, guest agent, log and event files: up to ten for each guest'),
      row(
        'LimitNPROC',
        'infinity',
        'qemu.conf sets what guests have, and SELinux lets libvirt lower it only',
      ),
      row('TasksMax', 65536, 'workers, and a thread of its own for the events of each guest'),
    ],
  })),
  ...['virtlogd.service', 'virtlockd.service'].map((unit) => ({
    unit,
    section: 'Service' as const,
    settings: [row('LimitNOFILE', 65536, 'up to four for each guest, and one for each locked disk')],
  })),
];

/** A file of sysctl.d(5). */
export function sysctlLines(limits: readonly Limit[] = SYSCTLS): string[] {
  return limits.flatMap(({ name, value, because }) => [`# ${because}`, `${name} = ${value}`]);
}

/** A drop-in file of a unit. */
export function dropInLines({ section, settings }: UnitLimit): string[] {
  return [
    `[${section}]`,
    ...settings.flatMap(({ name, value, because }) => [`# ${because}`, `${name}=${value}`]),
  ];
}

function row(name: string, value: string | number, because: string): Limit {
  return { name, value: String(value), because };
}
