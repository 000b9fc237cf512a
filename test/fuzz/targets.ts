import { dhcp4, dhcp4Server } from '../pxe-server/dhcp/fuzz-target.ts';
import { dhcp6 } from '../pxe-server/dhcp6/fuzz-target.ts';
import { kickstart } from '../pxe-server/kickstart/fuzz-target.ts';
import { arp } from '../pxe-server/net/arp-fuzz-target.ts';
import { datagram } from '../pxe-server/net/datagram-fuzz-target.ts';
import { syslog } from '../pxe-server/syslog/fuzz-target.ts';
import { tftp } from '../pxe-server/tftp/fuzz-target.ts';
import type { FuzzTarget } from './fuzz.ts';

/** Every codec that meets bytes of strangers, and what answers them. */
export const targets: readonly FuzzTarget[] = [
  arp,
  datagram,
  dhcp4,
  dhcp4Server(),
  dhcp6,
  kickstart,
  syslog,
  tftp,
];
