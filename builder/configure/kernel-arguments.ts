import type { Recipe } from '../recipe/schema.ts';

type Wishes = Pick<Recipe, 'selinux' | 'hugepages' | 'kdump'> & Partial<Pick<Recipe, 'arch'>>;

/**
 * Kernel arguments of a hypervisor (Documentation/admin-guide/kernel-parameters.txt); a recipe's own come after
 * and win.
 */
export function hypervisorArguments({ selinux, hugepages, kdump, arch }: Wishes): string[] {
  return [
    // Devices can be given to guests. EL's kernels leave Intel's off by default and AMD's on; with "pt" the host's
    // own devices are not slowed down. On ARM the IOMMU is on, and has another word for the latter.
    ...(arch === 'aarch64' ? ['iommu.passthrough=1'] : ['intel_iommu=on', 'iommu=pt']),
    // Partitions of the host's disks are mounted when somebody says so, not for their type (systemd-gpt-auto-
    // generator(8)).
    'systemd.gpt_auto=0',
    // EL takes SELinux of its own accord, Debian's kernel AppArmor unless told; it ignores "selinux=1".
    ...(selinux === 'disabled' ? ['selinux=0'] : ['security=selinux']),
    ...(hugepages
      ? [
          `default_hugepagesz=${hugepages.size}`,
          `hugepagesz=${hugepages.size}`,
          `hugepages=${hugepages.count}`,
        ]
      : []),
    ...(kdump ? [`crashkernel=${kdump}`] : []),
  ];
}
