import { type ArtifactRole, architectureOf, type Manifest } from '../contract/manifest.ts';
import { TrialMode } from '../contract/trial.ts';
import type { Firmware } from './rack/spec.ts';

/** What a mode is, and which of them an image claims. Pure. */

export interface ModePlan {
  /** For people: "PXE, UEFI". */
  title: string;
  firmware: Firmware;
  /** From where the machine starts. */
  from: 'network' | 'http' | 'iso' | 'usb' | 'netiso';
  expect: 'healthy' | 'same-twice' | 'registered' | 'kernel-refused' | 'image-refused';
}

export const MODES: Record<TrialMode, ModePlan> = {
  'pxe-bios': { title: 'PXE, BIOS', firmware: 'bios', from: 'network', expect: 'healthy' },
  'pxe-uefi': { title: 'PXE, UEFI', firmware: 'uefi', from: 'network', expect: 'healthy' },
  'http-uefi': { title: 'UEFI HTTP Boot', firmware: 'uefi', from: 'http', expect: 'healthy' },
  'pxe-secure': { title: 'PXE, Secure Boot', firmware: 'uefi-secure', from: 'network', expect: 'healthy' },
  'iso-bios': { title: 'ISO, BIOS', firmware: 'bios', from: 'iso', expect: 'healthy' },
  'iso-uefi': { title: 'ISO, UEFI', firmware: 'uefi', from: 'iso', expect: 'healthy' },
  'iso-secure': { title: 'ISO, Secure Boot', firmware: 'uefi-secure', from: 'iso', expect: 'healthy' },
  'usb-secure': { title: 'USB, Secure Boot', firmware: 'uefi-secure', from: 'usb', expect: 'healthy' },
  'usb-keeps': { title: 'USB, two starts', firmware: 'bios', from: 'usb', expect: 'same-twice' },
  'usb-told': {
    ...{ title: 'USB made for one host', firmware: 'uefi-secure', from: 'usb', expect: 'registered' },
  },
  'netiso-bios': { title: 'network ISO, BIOS', firmware: 'bios', from: 'netiso', expect: 'healthy' },
  'netiso-uefi': { title: 'network ISO, UEFI', firmware: 'uefi', from: 'netiso', expect: 'healthy' },
  'tampered-kernel': {
    ...{
      title: 'changed kernel, Secure Boot',
      firmware: 'uefi-secure',
      from: 'iso',
      expect: 'kernel-refused',
    },
  },
  'tampered-image': {
    ...{ title: 'changed image, PXE', firmware: 'bios', from: 'network', expect: 'image-refused' },
  },
};

export interface Offer {
  mode: TrialMode;
  /** Why it cannot be tried; absent where it can. */
  lacks?: string;
}

/**
 * Every mode, and why the image does not claim it or this machine cannot try it.
 * @param loaders shim and a signed GRUB for the network are here
 */
export function offers(manifest: Manifest, loaders: boolean): Offer[] {
  const roles = new Set<ArtifactRole>(manifest.artifacts.map(({ role }) => role));
  const signed = manifest.packages.some(({ name }) => /^shim-(x64|signed)$/.test(name));
  const arch = architectureOf(manifest);
  return TrialMode.options.map((mode) => {
    const lacks =
      arch === 'x86_64'
        ? lacking(MODES[mode], roles, signed, loaders)
        : `the image is for ${arch}, and the test's machines are x86_64`;
    return lacks === undefined ? { mode } : { mode, lacks };
  });
}

function lacking(
  { firmware, from }: ModePlan,
  roles: ReadonlySet<ArtifactRole>,
  signed: boolean,
  loaders: boolean,
): string | undefined {
  const medium = from === 'network' || from === 'http' ? undefined : from;
  if (medium && !roles.has(medium)) return `the image has no ${medium}`;
  if (firmware !== 'uefi-secure') return undefined;
  if (medium) return signed ? undefined : 'the image has no signed loaders: its root brings no shim';
  return loaders
    ? undefined
    : 'neither the image nor this machine has shim and a signed network GRUB: name them with --shim and --grub';
}
