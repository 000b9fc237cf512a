import type { Recipe } from '../recipe/schema.ts';

export interface UnitPlan {
  /** Must exist. */
  enable: string[];
  /** Enabled where the base has them. */
  enableIfPresent: string[];
  disableIfPresent: string[];
  mask: string[];
}

/** Units of a hypervisor; `overlay` are those of the in-image agent. */
export function unitPlan(recipe: Recipe, overlay: readonly string[]): UnitPlan {
  const modular = recipe.libvirt === 'modular';
  const drivers = ['qemu', 'network', 'nodedev', 'nwfilter', 'secret', 'storage'];
  return {
    enable: [
      ...[
        'NetworkManager.service',
        'sshd.service',
        'rackhand-firewall.service',
        'rackhand-sshd-keygen.service',
      ],
      ...(modular ? drivers.map((name) => `virt${name}d.socket`) : ['libvirtd.service', 'libvirtd.socket']),
      ...(modular ? ['virtproxyd.socket', 'virtproxyd-tls.socket'] : ['libvirtd-tls.socket']),
      ...(recipe.kdump ? ['kdump.service'] : []),
      ...recipe.services.enable,
      ...overlay,
    ],
    enableIfPresent: [
      // The agent hands a new certificate to the running daemon through these.
      ...(modular ? ['virtproxyd-admin.socket'] : ['libvirtd-admin.socket']),
      ...['chronyd.service', 'chrony.service', 'ksm.service', 'ksmtuned.service', 'getty@tty1.service'],
      ...[
        'virtlogd.socket',
        'virtlockd.socket',
        'multipathd.service',
        'iscsid.socket',
        'irqbalance.service',
        'tuned.service',
        'openvswitch.service',
      ],
    ],
    disableIfPresent: [
      ...[
        'libvirtd-tcp.socket',
        'virtproxyd-tcp.socket',
        modular ? 'libvirtd-tls.socket' : 'virtproxyd-tls.socket',
      ],
      ...['libvirt-guests.service', 'libvirtd.service'].filter(
        (unit) => modular || unit !== 'libvirtd.service',
      ),
      ...['firewalld.service', 'nftables.service', 'systemd-networkd.service', 'ssh.socket'],
      ...(recipe.kdump ? [] : ['kdump.service']),
      ...['systemd-networkd.socket', 'systemd-resolved.service', 'systemd-networkd-wait-online.service'],
      ...[
        'apt-daily.timer',
        'apt-daily-upgrade.timer',
        'dnf-makecache.timer',
        'man-db.timer',
        'fstrim.timer',
      ],
      // It asks every disk for volumes to watch before anything is mounted. None is active then (lvmSettings), and what
      // activates one watches it (activation/monitoring of lvm.conf).
      'lvm2-monitor.service',
      ...['e2scrub_all.timer', 'e2scrub_reap.service', 'dpkg-db-backup.timer', 'nfs-server.service'],
      ...['dnsmasq.service', 'iscsi.service', 'open-iscsi.service', 'rsyslog.service'],
      // NFS version 3 starts it on demand; nothing else listens on hosts.
      ...['rpcbind.service', 'rpcbind.socket'],
      ...recipe.services.disable,
    ],
    mask: [
      // A live root is never the first boot of an installed one, and has nothing to commit or repair.
      ...['systemd-firstboot.service', 'systemd-machine-id-commit.service', 'systemd-update-done.service'],
      ...['systemd-hwdb-update.service', 'systemd-journal-catalog-update.service', 'ldconfig.service'],
      ...['systemd-sysupdate.timer', 'systemd-boot-update.service', 'systemd-pcrphase-sysinit.service'],
      // The journal stays in memory, and no seed of random numbers is kept over a restart: the start would wait for both.
      ...['systemd-journal-flush.service', 'systemd-random-seed.service'],
      // Labels are written when the image is built; a relabel at boot would copy the whole root into memory.
      ...['selinux-autorelabel.service', 'selinux-autorelabel-mark.service', 'selinux-autorelabel.target'],
      // It tells peers of locks before the restart, which a host that forgets has not; and it alone made the start
      // wait until the network is there.
      'rpc-statd-notify.service',
      // rackhand-sshd-keygen makes what sshd_config names.
      'sshd-keygen@rsa.service',
      ...recipe.services.mask,
    ],
  };
}
