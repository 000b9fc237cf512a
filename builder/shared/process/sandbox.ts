/**
 * Argument lists for bubblewrap. No network, PID and mount namespaces of its own: even SIGKILL of the
 * builder leaves no mount and no process behind (--die-with-parent).
 */

/** Capabilities that neither a package's scriptlet nor dracut has use for. */
const DROPPED = [
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_BOOT',
  'CAP_SYS_TIME',
  'CAP_SYS_PTRACE',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_SYSLOG',
  'CAP_MAC_ADMIN',
];

const COMMON = [
  'bwrap',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--die-with-parent',
  '--new-session',
  ...DROPPED.flatMap((capability) => ['--cap-drop', capability]),
];

export interface HostSandbox {
  /** Image root, writable; it gets /proc and /dev of its own. */
  root: string;
  /** Further folders of the host that may be written. */
  writable: string[];
  /** Folders to be read even if they lie below /tmp, which is private. */
  readable?: string[];
  home: string;
  /** Exists and is empty; seen as /tmp. */
  temporary: string;
  /** Folders that look empty. */
  hidden?: string[];
  /** True for the only steps that fetch something; the others have no network at all. */
  network?: boolean;
}

/** A program of the host, the host's files read-only, that works on an image root (dnf, rpm). */
export function hostSandbox(argv: readonly string[], options: HostSandbox): string[] {
  const { root, writable, home } = options;
  return [
    ...COMMON,
    ...(options.network ? [] : ['--unshare-net']),
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'],
    // The host's service sockets are out of reach; with network, /run may hold resolv.conf.
    ...(options.network ? [] : ['--tmpfs', '/run']),
    ...['--bind', options.temporary, '/tmp'],
    ...(options.readable ?? []).flatMap((path) => ['--ro-bind-try', path, path]),
    ...(options.hidden ?? []).flatMap((path) => ['--tmpfs', path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...['--bind', root, root, '--proc', `${root}/proc`, '--dev', `${root}/dev`],
    ...['--setenv', 'HOME', home, '--setenv', 'TMPDIR', '/tmp'],
    '--',
    ...argv,
  ];
}

/** A program of the host that reads one file, which nobody has vouched for, and writes nothing but its output. */
export function readerSandbox(argv: readonly string[], file: string): string[] {
  return [
    ...COMMON,
    '--unshare-net',
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--tmpfs', '/run', '--tmpfs', '/tmp', '--ro-bind', file, file],
    '--',
    ...argv,
  ];
}

export interface RootSandbox {
  root: string;
  /** Folders of the host made visible inside: inside path → host path. */
  binds?: Record<string, string>;
}

/** A program of the image root, run with that root as / (systemctl, dracut, depmod). */
export function rootSandbox(argv: readonly string[], options: RootSandbox): string[] {
  const binds = Object.entries(options.binds ?? {}).flatMap(([inside, host]) => ['--bind', host, inside]);
  return [
    ...COMMON,
    '--unshare-net',
    ...['--bind', options.root, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--tmpfs', '/run', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp'],
    ...binds,
    ...['--clearenv', '--setenv', 'PATH', '/usr/sbin:/usr/bin', '--setenv', 'HOME', '/root'],
    ...['--setenv', 'LANG', 'C.UTF-8', '--setenv', 'SYSTEMD_OFFLINE', '1'],
    ...['--chdir', '/'],
    '--',
    ...argv,
  ];
}
