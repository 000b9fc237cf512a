import { RackhandError } from '../../shared/errors.ts';
import { firstPresent, isPresent } from '../../shared/present.ts';
import type { Firmware } from './spec.ts';

export interface UefiFiles {
  code: string;
  /** Copied for each machine: its variables are its own. */
  variables: string;
}

/** Debian's names, then EL's. */
const UEFI: Record<'uefi' | 'uefi-secure', UefiFiles[]> = {
  uefi: [
    { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
    { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
  ],
  'uefi-secure': [
    { code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
    {
      code: '/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd',
      variables: '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd',
    },
  ],
};

/** @returns undefined for BIOS, which QEMU brings. @throws RackhandError firmware-absent */
export async function findFirmware(firmware: Firmware): Promise<UefiFiles | undefined> {
  if (firmware === 'bios') return undefined;
  for (const files of UEFI[firmware]) {
    if ((await isPresent(files.code)) && (await isPresent(files.variables))) return files;
  }
  const looked = UEFI[firmware].map(({ code }) => code).join(', ');
  throw new RackhandError(
    'firmware-absent',
    `no UEFI firmware for ${firmware}: looked for ${looked}`,
    'install ovmf (EL: edk2-ovmf); bin/setup.sh does',
  );
}

/** QEMU's own program: EL hides it in libexec. @throws RackhandError tool-missing */
export async function findQemu(): Promise<string> {
  const path = await firstPresent(['/usr/bin/qemu-system-x86_64', '/usr/libexec/qemu-kvm']);
  if (path !== undefined) return path;
  throw new RackhandError('tool-missing', 'no QEMU for x86_64', 'sh bin/setup.sh installs it');
}
