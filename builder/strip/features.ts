import { globToRegExp } from '../recipe/strip-rules.ts';
import type { Need, RawFacts } from './needs.ts';

/**
 * What makes an image a hypervisor: each feature needs one of its modules or paths to stay. Rules that drop
 * "unless needed" spare them; other rules that take them fail the build.
 */
interface Feature {
  name: string;
  /** Kernel modules, any of them; one that is built in will do. */
  modules?: string[];
  /** Path patterns, any of them. */
  paths?: string[];
  /** Not every base has it: asked for only where the root had it before the strip. */
  wherePackaged?: true;
  /** Only x86 has it. */
  x86?: true;
}

const program = (name: string) => `usr/{bin,sbin,libexec}/${name}`;

export const FEATURES: readonly Feature[] = [
  { name: 'KVM', modules: ['kvm'] },
  { name: 'KVM on Intel', modules: ['kvm_intel'], x86: true },
  { name: 'KVM on AMD', modules: ['kvm_amd'], x86: true },
  { name: 'vhost-net', modules: ['vhost_net'] },
  { name: 'vhost-vsock', modules: ['vhost_vsock'] },
  { name: 'device assignment', modules: ['vfio_pci'] },
  { name: 'IOMMU for device assignment', modules: ['vfio_iommu_type1'] },
  { name: 'macvtap', modules: ['macvtap'] },
  { name: 'tap devices', modules: ['tun'] },
  { name: 'bridges', modules: ['bridge'] },
  { name: 'bonds', modules: ['bonding'] },
  { name: 'VLANs', modules: ['8021q'] },
  { name: 'Open vSwitch', modules: ['openvswitch'], wherePackaged: true },
  { name: 'firewall in the kernel', modules: ['nf_tables'] },
  { name: 'connections of the firewall', modules: ['nft_ct'] },
  { name: 'XFS', modules: ['xfs'] },
  { name: 'ext4', modules: ['ext4'] },
  { name: 'NFS client', modules: ['nfsv4'] },
  { name: 'calls of NFS', modules: ['sunrpc'] },
  { name: 'iSCSI client', modules: ['iscsi_tcp'] },
  { name: 'NVMe', modules: ['nvme'] },
  { name: 'NVMe over TCP', modules: ['nvme_tcp'] },
  { name: 'NVMe over RDMA', modules: ['nvme_rdma'], wherePackaged: true },
  { name: 'multipath in the kernel', modules: ['dm_multipath'] },
  { name: 'LVM thin pools in the kernel', modules: ['dm_thin_pool'] },
  { name: 'live root', modules: ['overlay'] },
  { name: 'live root, compressed', modules: ['squashfs'] },
  { name: 'QEMU', paths: ['usr/libexec/qemu-kvm', 'usr/bin/qemu-system-x86_64', 'usr/bin/qemu-kvm'] },
  {
    // libvirt asks QEMU what it can do with KVM and without, and takes none that lacks an answer.
    name: "QEMU's own accelerator",
    paths: ['usr/lib{,64}/{,*/}qemu{,-kvm}/accel-tcg-x86_64.so'],
    wherePackaged: true,
  },
  { name: 'disk images', paths: [program('qemu-img')] },
  { name: 'libvirt', paths: [program('{virtqemud,libvirtd}')] },
  { name: "libvirt's shell", paths: [program('virsh')] },
  {
    name: "libvirt's QEMU driver",
    paths: ['usr/lib{,64}/{,*/}libvirt/connection-driver/libvirt_driver_qemu.so'],
  },
  { name: 'BIOS of guests', paths: ['usr/share/{seabios,qemu}/bios-256k.bin'], x86: true },
  {
    name: 'UEFI of guests',
    paths: ['usr/share/{OVMF,edk2/ovmf}/OVMF_CODE*.fd', 'usr/share/edk2/aarch64/QEMU_EFI*'],
  },
  { name: 'TPM of guests', paths: [program('swtpm')], wherePackaged: true },
  { name: 'network configuration', paths: [program('NetworkManager')] },
  { name: 'network configuration by hand', paths: [program('nmcli')] },
  { name: 'firewall', paths: [program('nft')] },
  { name: 'SSH', paths: [program('sshd')] },
  { name: 'time', paths: [program('chronyd')] },
  { name: 'LVM', paths: [program('lvm')] },
  { name: 'multipath', paths: [program('multipathd')] },
  { name: 'iSCSI', paths: [program('iscsid')] },
  { name: 'NFS', paths: [program('mount.nfs')] },
  { name: 'NVMe tools', paths: [program('nvme')] },
  { name: 'software RAID', paths: [program('mdadm')] },
  { name: 'XFS tools', paths: [program('mkfs.xfs')] },
  { name: 'ext4 tools', paths: [program('mkfs.ext4')] },
  { name: 'what a stick keeps: check', paths: [program('e2fsck')], wherePackaged: true },
  { name: 'what a stick keeps: growth', paths: [program('resize2fs')], wherePackaged: true },
  { name: 'what a stick keeps: growth of its partition', paths: [program('partx')], wherePackaged: true },
  { name: 'partitions', paths: [program('{sfdisk,sgdisk,parted}')] },
  { name: 'KSM tuning', paths: [program('ksmtuned')], wherePackaged: true },
  { name: 'Open vSwitch daemon', paths: [program('ovs-vswitchd')], wherePackaged: true },
  { name: 'tuning', paths: [program('tuned')], wherePackaged: true },
  { name: 'crash dumps', paths: [program('kexec')], wherePackaged: true },
  { name: 'CPU microcode', paths: ['usr/lib/firmware/{intel,amd}-ucode/**'], wherePackaged: true },
  { name: 'IPMI', modules: ['ipmi_si'] },
  { name: 'SELinux policy', paths: ['etc/selinux/*/policy/policy.*'], wherePackaged: true },
  { name: 'SELinux labels', paths: ['etc/selinux/*/contexts/files/file_contexts'], wherePackaged: true },
  { name: 'label of the live root', paths: [program('restorecon')], wherePackaged: true },
  { name: 'agent', paths: ['usr/libexec/rackhand/agent'] },
  { name: 'health', paths: ['usr/bin/rackhand-health'] },
  { name: 'screen on the consoles', paths: ['usr/libexec/rackhand/screen'] },
];

/** The loader of 64-bit ARM's programs. */
const ARM = 'usr/lib/ld-linux-aarch64.so.1';

/** Needs of the image itself. Those of features that this base never had and need not have are left out. */
export function featureNeeds(facts: RawFacts): Need[] {
  const arm = facts.entries.some(({ path }) => path === ARM);
  const files = new Map(facts.modules.map((module) => [module.name, module.file]));
  return FEATURES.flatMap((feature): Need[] => {
    if (arm && feature.x86) return [];
    if (feature.modules?.some((name) => facts.builtin.has(name))) return [];
    const modules = (feature.modules ?? []).flatMap((name) => files.get(name) ?? []);
    const patterns = (feature.paths ?? []).map(globToRegExp);
    const paths = patterns.length === 0 ? [] : facts.entries.filter(isOne).map(({ path }) => path);
    const providers = [...modules, ...paths];
    return providers.length === 0 && feature.wherePackaged
      ? []
      : [{ kind: 'feature', name: feature.name, providers }];

    function isOne({ path, kind }: { path: string; kind: string }): boolean {
      return kind !== 'directory' && patterns.some((pattern) => pattern.test(path));
    }
  });
}
