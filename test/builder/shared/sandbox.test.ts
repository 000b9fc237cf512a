import { expect, it } from 'vitest';
import { hostSandbox, rootSandbox } from '../../../builder/shared/process/sandbox.ts';

const COMMON = [
  ...['bwrap', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent', '--new-session'],
  ...['--cap-drop', 'CAP_SYS_MODULE', '--cap-drop', 'CAP_SYS_RAWIO', '--cap-drop', 'CAP_SYS_BOOT'],
  ...['--cap-drop', 'CAP_SYS_TIME', '--cap-drop', 'CAP_SYS_PTRACE', '--cap-drop', 'CAP_NET_ADMIN'],
  ...['--cap-drop', 'CAP_NET_RAW', '--cap-drop', 'CAP_SYSLOG', '--cap-drop', 'CAP_MAC_ADMIN'],
];
const HOST = { root: '/w/root', writable: ['/w/home', '/c'], home: '/w/home', temporary: '/w/tmp' };

it('a program of the host sees the host read-only and no network', () => {
  expect(hostSandbox(['rpm', '-qa'], HOST)).toEqual([
    ...COMMON,
    ...['--unshare-net', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/run'],
    ...['--bind', '/w/tmp', '/tmp', '--bind', '/w/home', '/w/home', '--bind', '/c', '/c'],
    ...['--bind', '/w/root', '/w/root', '--proc', '/w/root/proc', '--dev', '/w/root/dev'],
    ...['--setenv', 'HOME', '/w/home', '--setenv', 'TMPDIR', '/tmp', '--', 'rpm', '-qa'],
  ]);
});

it('only a step that fetches has the network', () => {
  const argv = hostSandbox(['dnf'], { ...HOST, network: true, readable: ['/tmp/repo'] });
  expect(argv).toEqual([
    ...COMMON,
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--bind', '/w/tmp', '/tmp'],
    ...['--ro-bind-try', '/tmp/repo', '/tmp/repo', '--bind', '/w/home', '/w/home', '--bind', '/c', '/c'],
    ...['--bind', '/w/root', '/w/root', '--proc', '/w/root/proc', '--dev', '/w/root/dev'],
    ...['--setenv', 'HOME', '/w/home', '--setenv', 'TMPDIR', '/tmp', '--', 'dnf'],
  ]);
});

it('a program of the root has that root and nothing else of the host', () => {
  const argv = rootSandbox(['dracut', '--force'], { root: '/w/root', binds: { '/tmp/out': '/o' } });
  expect(argv).toEqual([
    ...COMMON,
    ...['--unshare-net', '--bind', '/w/root', '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--tmpfs', '/run', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp', '--bind', '/o', '/tmp/out'],
    ...['--clearenv', '--setenv', 'PATH', '/usr/sbin:/usr/bin', '--setenv', 'HOME', '/root'],
    ...['--setenv', 'LANG', 'C.UTF-8', '--setenv', 'SYSTEMD_OFFLINE', '1', '--chdir', '/'],
    ...['--', 'dracut', '--force'],
  ]);
});
