import { MANAGER_DN } from '../contract/agent-protocol.ts';
import type { Recipe } from '../recipe/schema.ts';

/** A file that makes a root a hypervisor. Paths are from the root of the image. */
export interface ConfiguredFile {
  path: string;
  mode: number;
  text: string;
}

/** libvirt's TLS server by kind of daemon; the agent reads this from /etc/rackhand/image.json. */
export function libvirtTls(kind: Recipe['libvirt']) {
  return {
    service: kind === 'modular' ? 'virtproxyd.service' : 'libvirtd.service',
    socket: kind === 'modular' ? 'virtproxyd-tls.socket' : 'libvirtd-tls.socket',
    config: kind === 'modular' ? '/etc/libvirt/virtproxyd.conf' : '/etc/libvirt/libvirtd.conf',
    certificate: '/etc/pki/libvirt/servercert.pem',
    key: '/etc/pki/libvirt/private/serverkey.pem',
    ca: '/etc/pki/CA/cacert.pem',
    port: 16514,
  };
}

/** Every file, in the order it is written. `buildKey` is the identity of the build's inputs. */
export function configuredFiles(recipe: Recipe, buildKey: string): ConfiguredFile[] {
  const file = (path: string, lines: string[], mode = 0o644) => ({
    path,
    mode,
    text: `${lines.join('\n')}\n`,
  });
  return [
    file('etc/rackhand/image.json', [
      JSON.stringify({
        schema: 1,
        recipe: recipe.name,
        // The image's id is a hash of its artifacts and cannot be inside them: this is the build's.
        image: buildKey.slice(0, 16),
        libvirt: recipe.libvirt,
        tls: libvirtTls(recipe.libvirt),
      }),
    ]),
    // Empty, not "uninitialized": each boot gets an id of its own without counting as a first boot, which
    // would apply presets again and ask questions on the console.
    { path: 'etc/machine-id', mode: 0o444, text: '' },
    file('etc/hostname', ['hypervisor']),
    file('etc/locale.conf', ['LANG=C.UTF-8']),
    file('etc/fstab', ['# Live image: the root is an overlay on a squashfs.']),
    file(
      'etc/ssh/sshd_config.d/10-rackhand.conf',
      [
        // No RSA key: making one takes long on slow machines, and nothing that can reach a host needs it.
        'HostKey /etc/ssh/ssh_host_ecdsa_key',
        'HostKey /etc/ssh/ssh_host_ed25519_key',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin prohibit-password',
        'PermitEmptyPasswords no',
        'X11Forwarding no',
      ],
      0o600,
    ),
    file('etc/systemd/journald.conf.d/10-rackhand.conf', [
      '[Journal]',
      'Storage=volatile',
      'RuntimeMaxUse=64M',
    ]),
    file('etc/modules-load.d/rackhand.conf', ['vhost_net', 'tun', 'bridge', '8021q', 'bonding']),
    file('etc/modprobe.d/rackhand.conf', [
      'options kvm_intel nested=1',
      'options kvm_amd nested=1',
      // bonding makes a bond0 of its own accord when loaded.
      'options bonding max_bonds=0',
    ]),
    // Kernel samepage merging on; ksmtuned, where the base has it, goes on from there.
    file('etc/tmpfiles.d/rackhand-ksm.conf', ['w /sys/kernel/mm/ksm/run - - - - 1']),
    file('etc/sysctl.d/90-rackhand.conf', [
      'vm.swappiness = 10',
      'kernel.panic = 30',
      // What the agent says (notice) reaches the consoles although the kernel starts quiet.
      'kernel.printk = 6 4 1 7',
      'kernel.sysrq = 1',
      'net.ipv4.conf.default.rp_filter = 2',
      'net.ipv4.conf.all.rp_filter = 2',
    ]),
    file('etc/NetworkManager/conf.d/10-rackhand.conf', [
      '[main]',
      '# Every wired NIC without a profile gets DHCP; what the initramfs configured is kept.',
      'plugins=keyfile',
      '[keyfile]',
      "# Guests' interfaces belong to libvirt.",
      'unmanaged-devices=interface-name:vnet*;interface-name:virbr*;interface-name:tap*',
    ]),
    file('etc/rackhand/firewall.nft', firewall()),
    file('usr/lib/systemd/system/rackhand-firewall.service', [
      '[Unit]',
      'Description=Rackhand host firewall',
      'DefaultDependencies=no',
      'Before=network-pre.target shutdown.target',
      'Wants=network-pre.target',
      'After=systemd-modules-load.service local-fs.target',
      'Conflicts=shutdown.target',
      'ConditionFileIsExecutable=/usr/sbin/nft',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      'ExecStart=/usr/sbin/nft -f /etc/rackhand/firewall.nft',
      '[Install]',
      'WantedBy=multi-user.target',
    ]),
    file('usr/lib/systemd/system/rackhand-sshd-keygen.service', [
      '[Unit]',
      'Description=SSH host keys of this boot',
      'Before=sshd.service',
      'ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      'ExecStart=/usr/bin/ssh-keygen -q -t ecdsa -N "" -f /etc/ssh/ssh_host_ecdsa_key',
      'ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key',
      '[Install]',
      'WantedBy=multi-user.target',
    ]),
  ];
}

/** Input only: what guests send through bridges is the network's concern, not the host's. */
function firewall(): string[] {
  return [
    'table inet rackhand',
    'delete table inet rackhand',
    'table inet rackhand {',
    '  chain input {',
    '    type filter hook input priority filter; policy drop;',
    '    iifname "lo" accept',
    '    ct state established,related accept',
    '    meta l4proto { icmp, ipv6-icmp } accept',
    '    udp dport { 68, 546 } accept',
    '    tcp dport 22 accept comment "ssh"',
    '    tcp dport 16514 accept comment "libvirt TLS"',
    '    tcp dport 49152-49216 accept comment "migration"',
    '    iifname "virbr*" udp dport { 53, 67 } accept',
    '  }',
    '}',
  ];
}

/**
 * libvirt's daemon settings: TLS with the manager's certificate only. The agent writes the same lines, for the name
 * that its server gives; where that is this one, nothing changes and the daemon need not start again.
 */
export function libvirtSettings(): string[] {
  return [
    '# rackhand begin',
    `tls_allowed_dn_list = ["${MANAGER_DN}"]`,
    'tls_no_verify_certificate = 0',
    'tls_no_sanity_certificate = 1',
    'auth_tls = "none"',
    '# rackhand end',
  ];
}

/** Root without a password: no console or SSH login until a key is given. */
export function lockRoot(shadow: string): string {
  return shadow
    .split('\n')
    .map((line) => (line.startsWith('root:') ? line.replace(/^root:[^:]*:/, 'root:!*:') : line))
    .join('\n');
}
