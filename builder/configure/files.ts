import type { Recipe } from '../recipe/schema.ts';
import { loginFiles, sshFiles } from './access.ts';
import { firewall } from './firewall.ts';
import { libvirtTls } from './libvirt.ts';
import { dropInLines, sysctlLines, UNIT_LIMITS } from './limits.ts';
import { MIGRATION_PORTS, range, TLS_PORT } from './ports.ts';
import { lvmSettings, multipathSettings } from './storage.ts';

/** A file that makes a root a hypervisor. Paths are from the root of the image. */
export interface ConfiguredFile {
  path: string;
  mode: number;
  text: string;
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
        // rackhand-health compares the running host with these.
        selinux: recipe.selinux,
        ramRequired: recipe.ramRequired,
        tls: libvirtTls(recipe.libvirt),
        // What the agent opens where the base brings a firewall of its own.
        ports: [String(TLS_PORT), range(MIGRATION_PORTS)],
      }),
    ]),
    // Empty, not "uninitialized": each boot gets an id of its own without counting as a first boot, which
    // would apply presets again and ask questions on the console.
    { path: 'etc/machine-id', mode: 0o444, text: '' },
    file('etc/hostname', ['hypervisor']),
    file('etc/locale.conf', ['LANG=C.UTF-8']),
    file('etc/fstab', ['# Live image: the root is an overlay on a squashfs.']),
    ...sshFiles(recipe.sshKeys),
    ...loginFiles(recipe.sshKeys),
    file('etc/systemd/journald.conf.d/10-rackhand.conf', [
      '[Journal]',
      'Storage=volatile',
      'RuntimeMaxUse=64M',
      'RuntimeMaxFileSize=8M',
      '# A guest that makes its host complain must not push everything else out.',
      'RateLimitIntervalSec=30s',
      'RateLimitBurst=5000',
    ]),
    // The others come when they are asked for: vhost_vsock by its device, macvtap and vfio_pci by libvirt. The last ones
    // every start asks for at once (the firewall, and NFS's mount for its daemons), and the kernel would start modprobe
    // for each while network and libvirt wait.
    file('etc/modules-load.d/rackhand.conf', [
      ...['vhost_net', 'tun', 'bridge', '8021q', 'bonding'],
      ...['nf_tables', 'nft_ct', 'sunrpc'],
    ]),
    file('etc/modprobe.d/rackhand.conf', [
      'options kvm_intel nested=1',
      'options kvm_amd nested=1',
      // bonding makes a bond0 of its own accord when loaded.
      'options bonding max_bonds=0',
    ]),
    file('etc/tmpfiles.d/rackhand-ksm.conf', [
      '# Only within a NUMA node: a page from another is slower for as long as the guest runs.',
      'w /sys/kernel/mm/ksm/merge_across_nodes - - - - 0',
      '# Every 100 ms 1,250 pages of 4 KiB: 50 MB/s. ksmtuned, where the base has it, goes on from there.',
      'w /sys/kernel/mm/ksm/sleep_millisecs - - - - 100',
      'w /sys/kernel/mm/ksm/pages_to_scan - - - - 1250',
      'w /sys/kernel/mm/ksm/run - - - - 1',
    ]),
    file('etc/sysctl.d/90-rackhand.conf', sysctlLines()),
    // br_netfilter comes with the first filter of a guest, long after sysctl ran.
    file('etc/udev/rules.d/90-rackhand-bridge.rules', [
      'ACTION=="add", SUBSYSTEM=="module", KERNEL=="br_netfilter", RUN+="/usr/lib/systemd/systemd-sysctl --prefix=/net/bridge"',
    ]),
    ...UNIT_LIMITS.map((limit) =>
      file(`etc/systemd/system/${limit.unit}.d/10-rackhand.conf`, dropInLines(limit)),
    ),
    file('etc/lvm/lvmlocal.conf', lvmSettings()),
    file('etc/multipath.conf', multipathSettings()),
    // Names of LUNs that multipathd has seen; there from the start, so that its folder has a label.
    { path: 'etc/multipath/wwids', mode: 0o600, text: '' },
    file('etc/NetworkManager/conf.d/10-rackhand.conf', [
      '[main]',
      '# Every wired NIC without a profile gets DHCP; what the initramfs configured is kept.',
      'plugins=keyfile',
      '[keyfile]',
      "# Guests' interfaces belong to libvirt.",
      'unmanaged-devices=interface-name:vnet*;interface-name:virbr*;interface-name:tap*',
    ]),
    file('etc/rackhand/firewall.nft', firewall(recipe)),
    // What is passed on without its catalog still says where the rest of the texts is.
    file('usr/share/licenses/README', [
      'Here are the licence texts that packages mark as such. licences.tar.gz, in the catalog beside this image, has them',
      'as well, those among documents, which are not installed, and an index of which package each one covers;',
      'sbom.spdx.json there names the licence of every package.',
    ]),
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
