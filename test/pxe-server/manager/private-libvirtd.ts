import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';

export interface PrivateLibvirtd {
  port: number;
  /** What the daemon logged. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface LibvirtdFiles {
  /** PEM texts. */
  certificate: string;
  key: string;
  clientCa: string;
  allowedDn: string;
  /** Shell program that libvirt calls at each step of a guest's life, with its name and the step. */
  hook?: string;
}

/**
 * Folders that a system libvirtd and what it talks to use (with /run go D-Bus, and so machined and firewalld):
 * fresh ones in the daemon's own mount namespace.
 */
const OWN = ['/etc/libvirt', '/var/lib', '/var/cache', '/var/log', '/run'];

/**
 * A real libvirtd with QEMU on a loopback port, which sees its own configuration and storage only and takes
 * every mount and process with it when it stops. Its /dev has no kvm: libvirt's look at QEMU hangs on machines
 * whose /dev/kvm does not work.
 */
export async function startLibvirtd(port: number, files: LibvirtdFiles): Promise<PrivateLibvirtd> {
  const folder = await mkdtemp('/tmp/rackhand-libvirtd-');
  const path = (name: string) => join(folder, name);
  await mkdir(path('etc'));
  await writeFile(path('cert.pem'), files.certificate);
  await writeFile(path('key.pem'), files.key, { mode: 0o600 });
  await writeFile(path('ca.pem'), files.clientCa);
  await writeFile(
    path('libvirtd.conf'),
    `listen_tls = 1
listen_tcp = 0
listen_addr = "127.0.0.1"
tls_port = "${port}"
cert_file = "${path('cert.pem')}"
key_file = "${path('key.pem')}"
ca_file = "${path('ca.pem')}"
tls_allowed_dn_list = ["${files.allowedDn}"]
tls_no_sanity_certificate = 1
auth_tls = "none"
auth_unix_rw = "none"
log_outputs = "2:file:${path('libvirtd.log')}"
`,
  );
  await writeFile(
    path('qemu.conf'),
    'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\nnamespaces = []\ncgroup_controllers = []\n',
  );
  await writeFile(path('hook'), files.hook ?? '#!/bin/sh\n');
  await writeFile(
    path('start.sh'),
    `set -e
mkdir ${path('dev')}
mount -t tmpfs -o mode=755 tmpfs ${path('dev')}
for n in null zero full random urandom; do touch ${path('dev')}/$n; mount --bind /dev/$n ${path('dev')}/$n; done
mkdir ${path('dev')}/pts ${path('dev')}/shm ${path('dev')}/net
mount -t devpts -o newinstance,ptmxmode=0666 devpts ${path('dev')}/pts
ln -s pts/ptmx ${path('dev')}/ptmx
mount --move ${path('dev')} /dev
for d in ${OWN.join(' ')}; do mount -t tmpfs -o mode=755 tmpfs $d; done
mkdir /run/lock /etc/libvirt/hooks
cp ${path('qemu.conf')} /etc/libvirt/qemu.conf
# The account that Debian's libvirtd looks up at start comes with the package of the system's daemon.
for f in passwd group; do cp /etc/$f ${folder}/$f; done
echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>${path('passwd')}
echo 'libvirt-qemu:x:64055:' >>${path('group')}
for f in passwd group; do mount --bind ${folder}/$f /etc/$f; done
install -m 755 ${path('hook')} /etc/libvirt/hooks/qemu
# The shell stays as process 1 of the namespace: it reaps what QEMU leaves, and libvirtd waits for that.
libvirtd --listen --config ${path('libvirtd.conf')} --pid-file ${path('pid')} &
wait $!
`,
  );
  const daemon = startDaemon(
    ['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', path('start.sh')],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const log = () => readFile(path('libvirtd.log'), 'utf8').catch(() => '');
  const stop = async () => {
    await daemon.stop(2000);
    await rm(folder, { recursive: true, force: true });
  };
  if (await listening(daemon, port)) return { port, log, stop };
  const told = await log();
  await stop();
  throw new Error(`libvirtd does not listen on ${port}: ${told}`);
}

async function listening(daemon: Daemon, port: number): Promise<boolean> {
  for (let tries = 0; tries < 150 && daemon.child.exitCode === null; tries++) {
    if (await accepts(port)) return true;
    await wait(100);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
