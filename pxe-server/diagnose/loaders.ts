import type { Found } from './diagnosis.ts';
import { type Carried, numbers, type Seen, type View, whoOf } from './view.ts';

/** Seconds in which a loader asks for its next file or address, if it runs. */
const STARTS = 25;
/** Seconds in which a script that was fetched leads to a kernel. */
const SCRIPT = 45;
/** Loaders in one attempt that are a loop: each asks again and gets the script, if it runs. */
const LOOP = 3;
const UNSIGNED = /(^|\/)(snponly|ipxe)(-arm64)?\.efi$/i;
const SHIM = /(^|\/)shim[a-z0-9]*\.efi$/i;
const GRUB = /(^|\/)grub(x64|aa64)\.efi$/i;
/** What loaders try in passing: they go on without. */
const TRIED =
  /(^|\/)(revocations_\w+\.efi|shim_certificate_\d+\.efi|grub\.cfg-[0-9a-f-]+|[a-z]+\.lst|[a-z0-9_]+\.mod|unicode\.pf2|locale\/.*|boot\.cfg|pxelinux\.cfg\/.*)$/i;

export function nameAbsent(view: View): Found | undefined {
  const absent = view.files.filter(
    ({ name, fact }) => fact.step === 'absent' && !TRIED.test(name) && !GRUB.test(name),
  );
  const last = absent.at(-1);
  if (!last || view.files.some(({ i, fact }) => i > last.i && fact.step === 'sent')) return undefined;
  const foreign = view.dhcp.find(({ fact }) => fact.by === 'other' && fact.bootFile === last.name);
  const named = view.dhcp.findLast(({ fact }) => fact.by === 'us' && fact.bootFile !== undefined)?.fact
    .bootFile;
  return {
    effect: view.arrived ? 'notes' : 'stops',
    certainty: 'certain',
    what: `it asked for ${last.name}, which is not here${foreign ? '; another DHCP server named it' : ''}`,
    mend: named
      ? `the name that was given to it is ${named}: look for another name in its firmware, in the options of the relay or of another DHCP server`
      : 'point the option for the boot file at a name that this server has: undionly.kpxe, snponly.efi or shimx64.efi',
    evidence: numbers(foreign, ...absent.slice(-3)),
  };
}

export function secureBootRefuses(view: View): Found | undefined {
  const refused = neverRan(view);
  if (refused.length === 0) return undefined;
  const { machine } = view.facts;
  const known = machine?.secureBoot === true;
  // It may have been switched on since that was heard.
  const off = machine?.secureBoot === false;
  const name = refused.at(-1)!.name.replace(/.*\//, '');
  const times = refused.length > 1 ? ` ${refused.length} times` : '';
  return {
    effect: 'stops',
    certainty: known ? 'certain' : off ? 'possible' : 'likely',
    what: `${name} was loaded${times} and never ran: Secure Boot ${known ? 'is on and ' : ''}refuses a loader without a signature`,
    mend: `let it start shim and GRUB, which are signed: rackhand hosts set ${whoOf(view.facts)} --secure-boot yes; or switch Secure Boot off in its firmware`,
    evidence: numbers(...refused.slice(-3)),
  };
}

/**
 * Unsigned loaders behind which the machine fell silent, or its firmware began anew: OVMF goes on to HTTP Boot, and
 * gets the same there. One that runs asks for an address as iPXE, or for its script.
 */
function neverRan(view: View): Carried[] {
  const loaders = view.sent('loader').filter(({ name }) => UNSIGNED.test(name));
  const silent = loaders.filter(({ i }) => view.endsAfter(i, STARTS));
  const first = silent[0];
  const ran = ({ fact }: Seen) =>
    fact.layer === 'dhcp' && fact.by === 'machine' && fact.client !== 'firmware';
  if (!first || view.isBeyond('loader') || view.machineAfter(first.i).some(ran)) return [];
  return silent;
}

export function shimWithoutGrub(view: View): Found | undefined {
  const shim = view.sent('loader').findLast(({ name }) => SHIM.test(name));
  if (!shim) return undefined;
  const grub = view.files.filter(({ i, name }) => i > shim.i && GRUB.test(name));
  const absent = grub.findLast(({ fact }) => fact.step === 'absent');
  if (absent)
    return {
      effect: 'stops',
      certainty: 'certain',
      what: 'shim runs, and the GRUB that it starts is not here: grubx64.efi',
      mend: 'apt install grub-efi-amd64-signed, or dnf install grub2-efi-x64; or name a copy of the same vendor as shim: secureBoot.grub; then restart the service',
      evidence: numbers(shim, absent),
    };
  if (grub.length > 0 || !view.endsAfter(shim.i, STARTS)) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: `${shim.name} was loaded, and grubx64.efi was never asked for: the firmware does not start this shim`,
    mend: 'look whether the firmware trusts “Microsoft UEFI CA” (third-party certificates), and whether its list of revoked loaders (dbx) has this shim',
    evidence: numbers(shim),
  };
}

export function loaderLoop(view: View): Found | undefined {
  if (view.isBeyond('script') || neverRan(view).length > 0) return undefined;
  const loaders = view.sent('loader').filter(({ name }) => !GRUB.test(name));
  const starts = view
    .asked('script')
    .filter(({ name, fact }) => /start\.ipxe$/.test(name) && fact.step !== 'begun');
  const stopped = view.dhcp.find(
    ({ fact }) => fact.by === 'us' && /given a loader \d+ times/.test(fact.why ?? ''),
  );
  const turns: readonly Carried[] = loaders.length >= starts.length ? loaders : starts;
  if (turns.length < LOOP && !stopped) return undefined;
  const many = Math.max(turns.length, LOOP);
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `it goes round: ${many} times it loaded ${turns.at(-1)?.name ?? 'a loader'} and asked again, and never came to a kernel`,
    mend: 'a loader that gets itself as boot file: look for a fixed boot file in another DHCP server or in the ROM’s own script; update the iPXE of the card',
    evidence: numbers(stopped, ...turns.slice(-4)),
  };
}

export function loaderSilent(view: View): Found | undefined {
  const loader = view.sent('loader').at(-1);
  if (!loader || SHIM.test(loader.name)) return undefined;
  // Without a signature it is Secure Boot, unless that was off.
  if (UNSIGNED.test(loader.name) && view.facts.machine?.secureBoot !== false) return undefined;
  if (view.isBeyond('loader') || !view.endsAfter(loader.i, STARTS)) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: `${loader.name} was loaded, and nothing came after it: it hangs, or does not know this network card`,
    mend: 'look at its screen; another build of the loader may do (ipxe.efi brings its own drivers, snponly.efi uses the firmware’s), and so may newer firmware of the card',
    evidence: numbers(loader),
  };
}

export function scriptWithoutKernel(view: View): Found | undefined {
  const script = view.of('script').findLast(({ fact }) => fact.decision === 'boot');
  if (!script || view.isBeyond('kernel')) return undefined;
  const asked = view.asked('kernel', 'initramfs').filter(({ i }) => i > script.i);
  const kernel = asked.find(({ thing, fact }) => thing === 'kernel' && fact.step === 'sent');
  if (asked.some(({ i, thing }) => thing === 'initramfs' || i > (kernel?.i ?? -1))) return undefined;
  if (!view.endsAfter((kernel ?? script).i, SCRIPT)) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: kernel
      ? 'it has its kernel, and never asked for the initramfs that is named beside it'
      : 'it has its boot script, and never asked for the kernel that is named there',
    mend: kernel
      ? 'look at its screen; a loader that stops here has too little memory for the files, or cannot start this kernel'
      : 'look at its screen; a loader that stops here fails at HTTP (a filter, or a build without it) or has no memory for the kernel',
    evidence: numbers(script, kernel),
  };
}
