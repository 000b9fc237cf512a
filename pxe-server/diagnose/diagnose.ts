import type { TraceEntry } from '../trace/entry.ts';
import * as addresses from './addresses.ts';
import * as decisions from './decisions.ts';
import type { Diagnosis, Facts, Found } from './diagnosis.ts';
import * as downloads from './downloads.ts';
import * as enrolment from './enrolment.ts';
import * as loaders from './loaders.ts';
import * as system from './system.ts';
import * as transfers from './transfers.ts';
import { View } from './view.ts';

/** What can be found out, in the order of a boot; docs/service.md lists it for people. */
export const KINDS = {
  'never-asked': decisions.neverAsked,
  'foreign-dhcp-server': addresses.foreignServer,
  'no-address': addresses.noAddress,
  'address-refused': addresses.addressRefused,
  'address-in-use': addresses.addressInUse,
  'wrong-architecture': addresses.wrongArchitecture,
  'offer-ignored': addresses.offerIgnored,
  'proxy-not-asked': addresses.proxyNotAsked,
  'link-late': addresses.linkLate,
  'nothing-after-address': addresses.nothingAfterAck,
  'name-absent': loaders.nameAbsent,
  'secure-boot-refuses': loaders.secureBootRefuses,
  'shim-without-grub': loaders.shimWithoutGrub,
  'loader-loop': loaders.loaderLoop,
  'loader-silent': loaders.loaderSilent,
  'tftp-stopped': transfers.tftpStopped,
  'tftp-lock-step': transfers.lockStep,
  'tftp-lossy': transfers.heavyRetransmission,
  'sent-to-disk': decisions.sentToDisk,
  'returns-after-install': decisions.returnsAfterInstall,
  'script-refused': decisions.scriptRefused,
  'waits-for-turn': decisions.waitsForTurn,
  'script-without-kernel': loaders.scriptWithoutKernel,
  'download-stopped': downloads.downloadStopped,
  'download-slow': downloads.downloadSlow,
  'link-slow': downloads.slowLink,
  'memory-short': system.memoryShort,
  'initramfs-without-address': system.initramfsWithoutAddress,
  'image-unreachable': system.imageUnreachable,
  'image-wrong': system.imageWrong,
  'agent-silent': system.agentSilent,
  'clock-wrong': enrolment.clockWrong,
  'authority-differs': enrolment.authorityDiffers,
  'agent-cannot-connect': enrolment.agentCannotConnect,
  'token-expired': enrolment.tokenExpired,
  'token-spent': enrolment.tokenSpent,
  'not-armed': enrolment.notArmedAtRegistration,
  'registration-refused': enrolment.registrationRefused,
  'waits-for-approval': enrolment.waitsForApproval,
  'kickstart-refused': enrolment.kickstartRefused,
  'kickstart-failed': enrolment.kickstartFailed,
  'duplicate-uuid': decisions.duplicateUuid,
} satisfies Record<string, (view: View) => Found | undefined>;

const EFFECTS: readonly Diagnosis['effect'][] = ['stops', 'slows', 'notes'];
const CERTAINTIES: readonly Diagnosis['certainty'][] = ['certain', 'likely', 'possible'];

/** Why a machine did not boot, by what was seen of it: what ends the boot first, the most certain first. Pure. */
export function diagnose(trace: readonly TraceEntry[], facts: Facts): Diagnosis[] {
  const view = new View(trace, facts);
  const found = Object.entries(KINDS).flatMap(([kind, find]): Diagnosis[] => {
    const one = find(view);
    return one ? [{ kind, ...one }] : [];
  });
  return found.sort(
    (a, b) =>
      EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect) ||
      CERTAINTIES.indexOf(a.certainty) - CERTAINTIES.indexOf(b.certainty),
  );
}
