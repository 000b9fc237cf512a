import { Mac, SmbiosText } from '../../builder/contract/fields.ts';
import { meaningful } from '../hosts/match.ts';

/** What an installer shows of its machine when it asks for its kickstart; all of it can be forged. */
export interface Shown {
  macs: string[];
  serial?: string | undefined;
}

export type Comparison =
  /** `said`: what was compared, or that nothing could be. */
  { fits: true; said: string } | { fits: false; why: string };

/** MACs that are looked at, and those that are told. */
const MOST = 64;
const TOLD = 4;
const NO_MAC = /^(00:){5}00$|^(ff:){5}ff$/;

/**
 * Reads the headers of Anaconda's initramfs: `X-RHN-Provisioning-MAC-N: eth0 52:54:00:aa:bb:cc` for each interface
 * (inst.ks.sendmac) and `X-System-Serial-Number` (inst.ks.sendsn). What is no Ethernet address, as InfiniBand has, or a
 * serial that its maker never filled in, is as if it were not there. Pure.
 */
export function shownBy(headers: Readonly<Record<string, string | string[] | undefined>>): Shown {
  const macs = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    if (!/^x-rhn-provisioning-mac-\d{1,3}$/i.test(name)) continue;
    // A header that came twice is one text with commas here (RFC 9110 5.3).
    for (const line of [value ?? ''].flat().flatMap((text) => text.split(','))) {
      const mac = Mac.safeParse(line.trim().split(/\s+/).at(-1));
      if (mac.success && !NO_MAC.test(mac.data) && macs.size < MOST) macs.add(mac.data);
    }
  }
  const told = SmbiosText.safeParse([headers['x-system-serial-number'] ?? ''].flat()[0]);
  const serial = told.success ? meaningful(told.data) : undefined;
  return { macs: [...macs], ...(serial ? { serial } : {}) };
}

/**
 * Whether what a machine shows is what is known of a host: one of its MACs at least, since cards come and go and a bond
 * shows one address for several, and its serial, in any case of letters. What either side does not say is not compared.
 * Pure.
 */
export function compareMachine(
  known: { macs: readonly string[]; serial?: string | undefined },
  shown: Shown,
): Comparison {
  const serial = meaningful(known.serial?.trim());
  const byMac = known.macs.length > 0 && shown.macs.length > 0;
  const bySerial = serial !== undefined && shown.serial !== undefined;
  if (byMac && !shown.macs.some((mac) => known.macs.includes(mac)))
    return { fits: false, why: `it shows MAC ${listed(shown.macs)}, and the host has ${listed(known.macs)}` };
  if (bySerial && shown.serial !== serial)
    return { fits: false, why: `it shows serial ${shown.serial}, and the host has ${serial}` };
  if (byMac || bySerial)
    return {
      fits: true,
      said: `${[...(byMac ? ['MAC'] : []), ...(bySerial ? ['serial'] : [])].join(' and ')} as known`,
    };
  const nothing = shown.macs.length === 0 && shown.serial === undefined;
  return {
    fits: true,
    said: nothing
      ? 'it showed neither MAC nor serial (inst.ks.sendmac, inst.ks.sendsn), so nothing was compared'
      : 'nothing that it shows is known of the host, so nothing was compared',
  };
}

/** Whether two requests show the same machine; a card whose driver came late may be missing in one of them. */
export function isSameShown(a: Shown, b: Shown): boolean {
  const bothNone = a.macs.length === 0 && b.macs.length === 0;
  return a.serial === b.serial && (bothNone || a.macs.some((mac) => b.macs.includes(mac)));
}

function listed(macs: readonly string[]): string {
  const more = macs.length > TOLD ? ` and ${macs.length - TOLD} more` : '';
  return `${macs.slice(0, TOLD).join(', ')}${more}`;
}
