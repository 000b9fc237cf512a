import {
  ack,
  discover,
  factsAt,
  foreign,
  KERNELED,
  LEASED,
  nak,
  noAnswer,
  offer,
  request,
  tftp,
  traceOf,
  US,
} from '../trace/steps.ts';
import type { Scene } from './scene.ts';

const STOLEN = traceOf(
  [0, discover()],
  [0, offer()],
  [0, foreign('offer', { bootFile: 'pxelinux.0', nextServer: '192.0.2.66' })],
  [1, request({ server: '192.0.2.66', address: '192.0.2.200' })],
);

/** From the first question to the first request for a file. */
export const NETWORK_SCENES = {
  'never-asked': [
    {
      what: 'nothing was heard',
      trace: [],
      facts: factsAt(60),
      says: /nothing was heard/,
      mend: /VLAN.*rackhand hosts show node1/,
      evidence: [],
    },
    {
      what: 'its own system asked for an address',
      trace: [],
      facts: factsAt(60, {
        host: {
          ...{ name: 'node1', state: 'discovered', approved: true, arm: 'always' },
          lastSeen: '2026-01-01T00:00:10.000Z',
        },
      }),
      says: /^no boot from the network was seen, though the machine was heard/,
      mend: /restart it.*first in its boot order/,
      evidence: [],
    },
  ],
  'foreign-dhcp-server': [
    {
      what: 'its offer was taken',
      trace: STOLEN,
      facts: factsAt(5),
      says: /192\.0\.2\.66, 02:00:00:00:00:66.*offered 192\.0\.2\.200 and named boot file pxelinux\.0 from 192\.0\.2\.66; the machine took/,
      mend: /snooping/,
      evidence: [2, 3],
    },
    {
      what: 'only the choice of the machine was heard',
      trace: traceOf(
        [0, discover()],
        [0, offer()],
        [1, request({ server: '192.0.2.66', address: '192.0.2.200' })],
      ),
      facts: factsAt(5),
      says: /\(192\.0\.2\.66\); the machine took/,
      mend: /switch it off/,
      evidence: [2],
    },
    {
      what: 'the same, of a server that had answered our own question',
      trace: traceOf([0, discover()], [1, request({ server: '192.0.2.66', address: '192.0.2.200' })]),
      facts: factsAt(5, { foreign: new Map([['192.0.2.66', '02:00:00:00:00:66']]) }),
      says: /\(192\.0\.2\.66, 02:00:00:00:00:66\); the machine took/,
      mend: /at which port its MAC is/,
      evidence: [1],
    },
    {
      what: 'it names boot files beside the server that is meant to give addresses',
      trace: traceOf(
        [0, discover()],
        [0, foreign('offer', { server: '192.0.2.2' })],
        [0, foreign('offer', { bootFile: 'wds.efi', address: undefined })],
      ),
      facts: factsAt(5, { proxy: true }),
      says: /named boot file wds\.efi/,
      mend: /switch/,
      evidence: [2],
    },
  ],
  'no-address': [
    {
      what: 'the pool is empty',
      trace: traceOf(
        [0, discover()],
        [0, noAnswer('no free address in the pool')],
        [4, discover({ secs: 4 })],
      ),
      facts: factsAt(10),
      says: /no free address in the pool/,
      mend: /rackhand leases release ADDRESS; or widen the ranges/,
      evidence: [1],
    },
    {
      what: 'its own is held by another',
      trace: traceOf(
        [0, discover()],
        [0, noAnswer('its reserved address 192.0.2.7 is held by 52:54:00:00:00:09')],
      ),
      facts: factsAt(10),
      says: /192\.0\.2\.7 is held by 52:54:00:00:00:09/,
      mend: /rackhand leases list 192\.0\.2\.7; .*rackhand leases release 192\.0\.2\.7/,
      evidence: [1],
    },
    {
      what: 'a limit for machines that nobody declared',
      trace: traceOf(
        [0, discover()],
        [0, noAnswer('relay 192.0.2.9 holds 64 address(es) already (addressesPerPort)')],
      ),
      facts: factsAt(10),
      says: /holds 64 address/,
      mend: /rackhand hosts add NAME --mac MAC; or raise addressesPerPort/,
      evidence: [1],
    },
  ],
  'address-refused': [
    {
      what: 'it asks for a reserved address of another',
      trace: traceOf(
        [0, request({ server: undefined })],
        [0, nak('that address is taken')],
        [4, request({ server: undefined })],
        [4, nak('that address is taken')],
      ),
      facts: factsAt(10),
      says: /refused again and again: that address is taken/,
      mend: /static address/,
      evidence: [1, 3],
    },
  ],
  'address-in-use': [
    {
      what: 'the machine declines it',
      trace: traceOf(...LEASED, [2, { ...request(), type: 'decline' }]),
      facts: factsAt(5),
      says: /another machine answers at 192\.0\.2\.101/,
      mend: /ARP table.*rackhand leases list 192\.0\.2\.101/,
      evidence: [4],
    },
  ],
  'wrong-architecture': [
    {
      what: 'firmware of 32 bits',
      trace: traceOf([0, discover({ architecture: 6 })], [0, offer({ bootFile: undefined })]),
      facts: factsAt(3),
      says: /architecture 6 \(UEFI of 32 bits on x86\)/,
      mend: /64 bits/,
      evidence: [0],
    },
  ],
  'offer-ignored': [
    {
      what: 'without the vendor options that it asked for',
      trace: traceOf(
        [0, discover()],
        [0, offer({ options: [1, 3, 51, 54, 60, 67] })],
        [4, discover({ secs: 4 })],
        [4, offer({ options: [1, 3, 51, 54, 60, 67] })],
      ),
      facts: factsAt(30),
      says: /2 offers were ignored; it lacked what the firmware asked for: PXE vendor options \(option 43\)$/,
      mend: /quirk/,
      evidence: [1, 2, 3],
    },
    {
      what: 'without a boot file, and why',
      trace: traceOf(
        [0, discover()],
        [0, offer({ bootFile: undefined, why: 'unknown machines are ignored' })],
      ),
      facts: factsAt(30),
      says: /lacked what the firmware asked for: a boot file$/,
      mend: /unknown machines are ignored; .*rackhand hosts show node1/,
      evidence: [0, 1],
    },
    {
      what: 'nothing was missing',
      trace: traceOf([0, discover()], [0, offer()], [4, discover({ secs: 4 })], [4, offer()]),
      facts: factsAt(30),
      says: /may not have reached the machine/,
      mend: /another VLAN/,
      evidence: [1, 2, 3],
    },
  ],
  'proxy-not-asked': [
    {
      what: 'firmware that does not join two offers',
      trace: traceOf(
        [0, discover()],
        [0, offer({ address: undefined })],
        [1, request({ server: '192.0.2.2', address: '192.0.2.77' })],
      ),
      facts: factsAt(40, { proxy: true }),
      says: /never asked for it on port 4011/,
      mend: /options 66 and 67/,
      evidence: [1],
    },
  ],
  'link-late': [
    {
      what: 'spanning tree at the firmware',
      trace: traceOf(
        [0, discover({ secs: 28 })],
        [0, offer()],
        [1, request()],
        [1, ack()],
        [2, tftp('asked', 'snponly.efi')],
      ),
      facts: factsAt(3),
      says: /asking for 28 s/,
      mend: /portfast.*lacp fallback, or no lacp suspend-individual/,
      evidence: [0],
    },
    {
      what: 'again at the initramfs',
      trace: traceOf(...KERNELED, [60, discover({ client: 'system', xid: 3, secs: 33 })]),
      facts: factsAt(61),
      says: /asking for 33 s/,
      mend: /edge port/,
      evidence: [KERNELED.length],
    },
  ],
  'nothing-after-address': [
    {
      what: 'the request is filtered',
      trace: traceOf(...LEASED, [2, { layer: 'arp', step: 'asks', address: '192.0.2.101', target: US }]),
      facts: factsAt(40),
      says: /no TFTP request.*file snponly\.efi, server 192\.0\.2\.1\), though the machine looked for the server/,
      mend: /firewall.*UDP 69/,
      evidence: [3, 4],
    },
    {
      what: 'it looks for another server',
      trace: traceOf(...LEASED, [
        2,
        { layer: 'arp', step: 'asks', address: '192.0.2.101', target: '192.0.2.254' },
      ]),
      facts: factsAt(40),
      says: /looked for 192\.0\.2\.254 instead/,
      mend: /second DHCP server/,
      evidence: [3, 4],
    },
    {
      what: 'it does not like the name',
      trace: traceOf(...LEASED),
      facts: factsAt(40),
      says: /nor did it look for that server/,
      mend: /file name/,
      evidence: [3],
    },
    {
      what: 'HTTP',
      trace: traceOf(
        [0, discover()],
        [0, offer()],
        [1, request()],
        [1, ack({ bootFile: 'http://192.0.2.1/boot/snponly.efi' })],
        [9, discover({ xid: 9 })],
      ),
      facts: factsAt(10),
      says: /no HTTP request.*server 192\.0\.2\.1\)/,
      mend: /TCP/,
      evidence: [3],
    },
  ],
} satisfies Record<string, Scene[]>;
