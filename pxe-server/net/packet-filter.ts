import * as c from './libc.ts';

/** Which packets of a link a packet socket takes; the kernel drops the others. */
export type Heard = 'arp' | 'dhcp-answers';

/** EtherType of what a socket is bound to (linux/if_ether.h). */
export const ETHERTYPE: Record<Heard, number> = { arp: 0x0806, 'dhcp-answers': 0x0800 };

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number];

/** BPF of linux/bpf_common.h: what the two programs below need of it. */
const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_HALF_INDEXED = 0x48;
/** X = 4 * (byte & 15): length of an IPv4 header. */
const HEADER_LENGTH = 0xb1;
const EQUALS = 0x15;
const HAS_BITS = 0x45;
const TAKE: Instruction = [0x06, 0, 0, 0xffff];
const DROP: Instruction = [0x06, 0, 0, 0];

/** Offsets are from the network header: a SOCK_DGRAM packet socket has no other (packet(7)). */
const PROGRAMS: Record<Heard, Instruction[]> = {
  // Ethernet and IPv4, whose sender has an address: a probe of another (RFC 5227) says nothing of who is there.
  arp: [
    [LOAD_WORD, 0, 0, 0],
    [EQUALS, 0, 5, 0x0001_0800],
    [LOAD_HALF, 0, 0, 4],
    [EQUALS, 0, 3, 0x0604],
    [LOAD_WORD, 0, 0, 14],
    [EQUALS, 1, 0, 0],
    TAKE,
    DROP,
  ],
  // UDP to port 68, no later fragment.
  'dhcp-answers': [
    [LOAD_BYTE, 0, 0, 9],
    [EQUALS, 0, 6, 17],
    [LOAD_HALF, 0, 0, 6],
    [HAS_BITS, 4, 0, 0x1fff],
    [HEADER_LENGTH, 0, 0, 0],
    [LOAD_HALF_INDEXED, 0, 0, 2],
    [EQUALS, 0, 1, 68],
    TAKE,
    DROP,
  ],
};

/** Sets the filter for good: who inherits the socket hears nothing else by it. @returns false when refused */
export function attachFilter(fd: number, heard: Heard): boolean {
  const program = PROGRAMS[heard];
  const memory = c.fixedMemory(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, value], i) => {
    memory.bytes.writeUInt16LE(code, i * 8);
    memory.bytes[i * 8 + 2] = ifTrue;
    memory.bytes[i * 8 + 3] = ifFalse;
    memory.bytes.writeUInt32LE(value, i * 8 + 4);
  });
  // struct sock_fprog: the number of instructions, and where they are.
  const described = Buffer.alloc(16);
  described.writeUInt16LE(program.length, 0);
  described.writeBigUInt64LE(memory.address, 8);
  const on = Buffer.from(Int32Array.of(1).buffer);
  const attached =
    c.setsockopt(fd, c.SOL_SOCKET, c.SO_ATTACH_FILTER, described, described.length) === 0 &&
    c.setsockopt(fd, c.SOL_SOCKET, c.SO_LOCK_FILTER, on, on.length) === 0;
  memory.release();
  return attached;
}
