import { MANAGER_DN } from '../contract/agent-protocol.ts';
import type { Recipe } from '../recipe/schema.ts';
import { GUESTS } from './limits.ts';
import { CONSOLE_PORTS, MIGRATION_PORTS, TLS_PORT } from './ports.ts';

/** libvirt's TLS server by kind of daemon; the agent reads this from /etc/rackhand/image.json. */
export function libvirtTls(kind: Recipe['libvirt']) {
  return {
    service: kind === 'modular' ? 'virtproxyd.service' : 'libvirtd.service',
    socket: kind === 'modular' ? 'virtproxyd-tls.socket' : 'libvirtd-tls.socket',
    config: kind === 'modular' ? '/etc/libvirt/virtproxyd.conf' : '/etc/libvirt/libvirtd.conf',
    certificate: '/etc/pki/libvirt/servercert.pem',
    key: '/etc/pki/libvirt/private/serverkey.pem',
    ca: '/etc/pki/CA/cacert.pem',
    port: TLS_PORT,
  };
}

/** Lines to append to libvirt's files, by path; a key that stands twice counts where it stands first. */
export function libvirtSettings(recipe: Pick<Recipe, 'libvirt' | 'consoles' | 'selinux'>) {
  const tls = libvirtTls(recipe.libvirt).config.slice(1);
  const daemon = recipe.libvirt === 'modular' ? 'etc/libvirt/virtqemud.conf' : tls;
  const files: [path: string, lines: string[]][] = [
    ...(daemon === tls ? [] : [[tls, clientSettings()] satisfies [string, string[]]]),
    [daemon, clientSettings()],
    [tls, tlsSettings()],
    ['etc/libvirt/qemu.conf', qemuSettings(recipe)],
    ['etc/libvirt/virtlogd.conf', logSettings()],
  ];
  const merged = new Map<string, string[]>();
  for (const [path, lines] of files) merged.set(path, [...(merged.get(path) ?? []), ...lines]);
  return [...merged].map(([path, lines]) => ({ path, lines }));
}

/**
 * TLS with the manager's certificate only. The agent writes the same lines, for the name that its server gives;
 * where that is this one, nothing changes and the daemon need not start again. The block comes last: the agent
 * compares whole files.
 */
export function tlsSettings(): string[] {
  return [
    '# rackhand begin',
    `tls_allowed_dn_list = ["${MANAGER_DN}"]`,
    'tls_no_verify_certificate = 0',
    'tls_no_sanity_certificate = 1',
    'auth_tls = "none"',
    '# rackhand end',
  ];
}

/** The defaults are 5 calls at a time for a client and 20 workers: a manager asks about every guest. */
function clientSettings(): string[] {
  return [
    '# Rackhand: one manager asks about thousands of guests over one connection.',
    'max_clients = 1024',
    'max_workers = 64',
    'prio_workers = 16',
    'max_client_requests = 64',
    'keepalive_interval = 5',
    'keepalive_count = 5',
  ];
}

/** The default keeps 8 MiB of each guest, and what a live host writes is memory. */
function logSettings(): string[] {
  return [
    `# Rackhand: half a MiB of what QEMU says, for ${GUESTS} guests.`,
    'max_size = 262144',
    'max_backups = 1',
  ];
}

/** qemu.conf: ports of consoles and migrations, what confines guests, and how much one may open. */
function qemuSettings({ consoles, selinux }: Pick<Recipe, 'consoles' | 'selinux'>): string[] {
  return [
    `# Rackhand: set for ${GUESTS} guests.`,
    `vnc_listen = "${consoles.listen}"`,
    ...(consoles.spice === 'auto' ? [`spice_listen = "${consoles.listen}"`] : []),
    `remote_display_port_min = ${CONSOLE_PORTS.first}`,
    `remote_display_port_max = ${CONSOLE_PORTS.last}`,
    `migration_port_min = ${MIGRATION_PORTS.first}`,
    `migration_port_max = ${MIGRATION_PORTS.last}`,
    ...(selinux === 'disabled'
      ? ['security_driver = "none"']
      : ['security_driver = "selinux"', 'security_default_confined = 1', 'security_require_confined = 1']),
    '# A file for each queue of each network port, each disk and each event of a device.',
    'max_files = 32768',
    '# All guests run as one user.',
    'max_processes = 1048576',
    '# The manager restarts what ends, and a core of a guest is as large as its memory.',
    'max_core = 0',
  ];
}
