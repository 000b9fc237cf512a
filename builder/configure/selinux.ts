import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';

/** SELinux of an image. Pure. */

export type SelinuxMode = Recipe['selinux'];

/** Which policy a root has, and what is added to it. */
export interface Policy {
  /** Folder below /etc/selinux: "targeted" on EL, "default" on Debian. */
  type: string;
  booleans: Record<string, boolean>;
  /** Files of images/recipes/selinux/ in CIL. */
  modules: string[];
}

/** Guests' disks may lie on NFS, CIFS and FUSE file systems (virt_selinux(8)). */
const BOOLEANS = {
  virt_use_nfs: true,
  virt_use_samba: true,
  virt_use_fusefs: true,
  virt_sandbox_use_all_caps: false,
};

/** By policy type. Debian's own policy was not written for a live root: debian.cil has what a boot lacks. */
const POLICIES: Record<string, Omit<Policy, 'type'>> = {
  targeted: { booleans: BOOLEANS, modules: [] },
  default: {
    booleans: {
      virt_use_nfs: true,
      virt_use_samba: true,
      virt_use_fusefs: true,
      systemd_tmpfiles_manage_all: true,
    },
    modules: ['debian.cil'],
  },
};

/**
 * The policy that /etc/selinux/config of the root names.
 * @throws RackhandError selinux-policy-missing
 */
export function policyOf(config: string | undefined): Policy {
  const type = /^SELINUXTYPE=([A-Za-z0-9_-]+)[ \t]*$/m.exec(config ?? '')?.[1];
  if (type === undefined) {
    throw new RackhandError(
      'selinux-policy-missing',
      'the root has no SELinux policy: /etc/selinux/config is missing or names none',
      "add selinux-policy-targeted to the recipe's packages, or say 'selinux: disabled'",
    );
  }
  return { type, ...(POLICIES[type] ?? { booleans: {}, modules: [] }) };
}

/** Without labels nothing would start in a system that enforces its policy. */
export function effectiveMode(wanted: SelinuxMode, canLabel: boolean): SelinuxMode {
  return wanted === 'enforcing' && !canLabel ? 'permissive' : wanted;
}

/** /etc/selinux/config. */
export function selinuxConfig(mode: SelinuxMode, type: string): string {
  return `SELINUX=${mode}\nSELINUXTYPE=${type}\n`;
}

/**
 * semanage.conf(5) with labels' expressions left uncompiled (sefcontext_compile -r, as on EL): a compiled one of
 * Debian's policy has 7.6 MB instead of 0.5, and every process that asks for a label unpacks all of it.
 */
export function semanageConfig(given: string): string {
  if (given.includes('[sefcontext_compile]')) return given;
  const block = ['[sefcontext_compile]', 'path = /usr/sbin/sefcontext_compile', 'args = -r $@', '[end]', ''];
  return `${given.replace(/\n*$/, '\n\n')}${block.join('\n')}`;
}

/** booleans.local of the policy store, which semodule takes in when it rebuilds. */
export function booleansLocal(policy: Policy): string {
  const lines = Object.entries(policy.booleans).map(([name, on]) => `${name}=${on ? 1 : 0}`);
  return ['# Rackhand', ...lines, ''].join('\n');
}

/** Compiles policy, modules and booleans anew; run in the root. semodule(8): -n does not load what comes of it. */
export function semoduleArguments({ type, modules }: Policy, folder: string): string[] {
  const what = modules.length > 0 ? modules.map((name) => `-i${folder}/${name}`) : ['-B'];
  return ['semodule', '-n', '-s', type, '-X', '400', ...what];
}
