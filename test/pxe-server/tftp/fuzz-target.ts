import { decode } from '../../../pxe-server/tftp/codec.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';
import { randomPacket } from './wire.ts';

/** TFTP: read without a throw, into what its types say. */
export const tftp: FuzzTarget = {
  name: 'tftp',
  input: (random) => randomPacket(random),
  check(bytes) {
    const packet = decode(bytes);
    if ('malformed' in packet) return false;
    if (packet.kind === 'read' && packet.file === '') throw new Error('a file without a name');
    return true;
  },
};
