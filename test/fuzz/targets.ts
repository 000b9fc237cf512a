import { dhcp4 } from '../pxe-server/dhcp/fuzz-target.ts';
import { dhcp6 } from '../pxe-server/dhcp6/fuzz-target.ts';
import { tftp } from '../pxe-server/tftp/fuzz-target.ts';
import type { FuzzTarget } from './fuzz.ts';

/** Every codec that meets bytes of strangers. */
export const targets: readonly FuzzTarget[] = [dhcp4, dhcp6, tftp];
