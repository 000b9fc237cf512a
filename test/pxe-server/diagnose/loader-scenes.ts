import { ack, discover, factsAt, http, LEASED, LOADED, offer, tftp, traceOf } from '../trace/steps.ts';
import { machine, type Scene } from './scene.ts';

const HTTP_LOADER = 'http://192.0.2.1/boot/snponly.efi';
const loader = (second: number) => tftp('sent', 'undionly.kpxe', { seconds: second });

/** Loaders: those that are not there, do not run, or go round. */
export const LOADER_SCENES = {
  'name-absent': [
    {
      what: 'another name than the one that was given',
      trace: traceOf(...LEASED, [2, tftp('absent', 'pxelinux.0')]),
      facts: factsAt(10),
      says: /asked for pxelinux\.0, which is not here/,
      mend: /given to it is snponly\.efi/,
      evidence: [4],
    },
  ],
  'secure-boot-refuses': [
    {
      what: 'an unsigned loader, and silence',
      trace: traceOf(...LOADED),
      facts: factsAt(60, { machine: machine({ secureBoot: true }) }),
      says: /snponly\.efi was loaded and never ran: Secure Boot is on and refuses/,
      mend: /hosts set node1 --secure-boot yes/,
      evidence: [5],
    },
    {
      what: 'the firmware asks again, and of the machine nothing is known',
      trace: traceOf(...LOADED, [8, discover({ xid: 7 })], [8, offer({ xid: 7 })]),
      facts: factsAt(9),
      says: /never ran: Secure Boot refuses/,
      mend: /switch Secure Boot off/,
      evidence: [5],
    },
    {
      what: 'the firmware goes on to HTTP Boot, and begins anew, with one loader just sent',
      trace: traceOf(
        ...LOADED,
        [8, discover({ xid: 7, architecture: 16, httpBoot: true })],
        [8, ack({ xid: 7, bootFile: HTTP_LOADER })],
        [9, http('sent', 'loader', '/boot/snponly.efi', { bytes: 3e5, seconds: 0.1 })],
        [14, discover({ xid: 8 })],
        [14, ack({ xid: 8 })],
        [15, tftp('sent', 'snponly.efi')],
        [20, discover({ xid: 9, architecture: 16, httpBoot: true })],
        [20, ack({ xid: 9, bootFile: HTTP_LOADER })],
        [21, http('sent', 'loader', '/boot/snponly.efi', { bytes: 3e5, seconds: 0.1 })],
      ),
      facts: factsAt(22),
      says: /^snponly\.efi was loaded 3 times and never ran: Secure Boot refuses/,
      mend: /--secure-boot yes/,
      evidence: [5, 8, 11],
    },
    {
      what: 'until it is given no loader any more',
      trace: traceOf(
        ...LOADED,
        [8, discover({ xid: 7 })],
        [8, ack({ xid: 7 })],
        [9, tftp('sent', 'snponly.efi')],
        [14, discover({ xid: 8 })],
        [
          14,
          offer({
            ...{ xid: 8, bootFile: undefined },
            why: 'it was given a loader 6 times in this attempt and came back without having run one',
          }),
        ],
      ),
      facts: factsAt(60),
      says: /^snponly\.efi was loaded 2 times and never ran: Secure Boot refuses/,
      mend: /--secure-boot yes/,
      evidence: [5, 8],
    },
  ],
  'shim-without-grub': [
    {
      what: 'GRUB is not here',
      trace: traceOf(
        ...LEASED,
        [2, tftp('sent', 'shimx64.efi')],
        [3, tftp('absent', 'revocations_sbat.efi')],
        [3, tftp('absent', 'grubx64.efi')],
      ),
      facts: factsAt(5),
      says: /GRUB that it starts is not here/,
      mend: /grub-efi-amd64-signed/,
      evidence: [4, 6],
    },
    {
      what: 'the firmware does not start shim',
      trace: traceOf(...LEASED, [2, tftp('sent', 'shimx64.efi')]),
      facts: factsAt(60),
      says: /grubx64\.efi was never asked for/,
      mend: /dbx/,
      evidence: [4],
    },
  ],
  'loader-loop': [
    {
      what: 'a loader that gets itself',
      trace: traceOf(
        ...LEASED,
        [2, loader(1)],
        [5, discover()],
        [6, loader(2)],
        [9, discover()],
        [10, loader(3)],
      ),
      facts: factsAt(11),
      says: /3 times it loaded undionly\.kpxe and asked again/,
      mend: /fixed boot file/,
      evidence: [4, 6, 8],
    },
    {
      what: 'an unsigned one that runs: it asks by itself',
      trace: traceOf(
        ...LOADED,
        [5, discover({ client: 'ipxe', xid: 2 })],
        [6, tftp('sent', 'snponly.efi')],
        [9, discover({ client: 'ipxe', xid: 3 })],
        [10, tftp('sent', 'snponly.efi')],
      ),
      facts: factsAt(11),
      says: /3 times it loaded snponly\.efi and asked again/,
      mend: /update the iPXE/,
      evidence: [5, 7, 9],
    },
  ],
  'loader-silent': [
    {
      what: 'without a signature, on a machine whose Secure Boot was off',
      trace: traceOf(...LOADED),
      facts: factsAt(60, { machine: machine({ secureBoot: false }) }),
      says: /snponly\.efi was loaded, and nothing came after it/,
      mend: /another build/,
      evidence: [5],
    },
    {
      what: 'a BIOS loader that hangs',
      trace: traceOf(...LEASED, [2, tftp('sent', 'undionly.kpxe')]),
      facts: factsAt(60),
      says: /undionly\.kpxe was loaded, and nothing came after it/,
      mend: /another build/,
      evidence: [4],
    },
  ],
} satisfies Record<string, Scene[]>;
