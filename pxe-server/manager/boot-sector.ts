const ORIGIN = 0x7c00;
const SIGNATURE_AT = 510;
/** What the guest prints before the nonce, so that nothing a firmware prints is taken for it. */
export const MARK = 'rackhand-probe:';

/**
 * A boot sector (512 bytes, x86 real mode) that writes `rackhand-probe:NONCE` to the first serial port at
 * 115200 8N1 and halts. The whole system of the probe's guest.
 */
export function bootSector(nonce: string): Uint8Array {
  const text = Buffer.from(`\r\n${MARK}${nonce}\r\n\0`, 'latin1');
  const code = program();
  const address = ORIGIN + code.length;
  code.splice(code.indexOf(MESSAGE_LOW), 2, address & 0xff, address >> 8);
  if (code.length + text.length > SIGNATURE_AT) throw new RangeError('nonce does not fit into a boot sector');
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set(text, code.length);
  sector.set([0x55, 0xaa], SIGNATURE_AT);
  return sector;
}

/** Stand-ins for the two bytes of the message's address; no instruction byte has such a value. */
const MESSAGE_LOW = -1;
const MESSAGE_HIGH = -2;

function program(): number[] {
  const start = [
    ...[0xfa], //                 cli
    ...[0x31, 0xc0], //           xor ax, ax
    ...[0x8e, 0xd8], //           mov ds, ax
    ...[0x8e, 0xd0], //           mov ss, ax
    ...[0xbc, 0x00, 0x7c], //     mov sp, 0x7c00
    ...[0xfc], //                 cld
    ...outByte(0x3fb, 0x80), //   line control: divisor latch open
    ...outByte(0x3f8, 0x01), //   divisor 1: 115200
    ...outByte(0x3f9, 0x00),
    ...outByte(0x3fb, 0x03), //   8 data bits, no parity, 1 stop bit
    ...[0xbe, MESSAGE_LOW, MESSAGE_HIGH], // mov si, message
  ];
  const loop = [
    ...[0xac], //                 next: lodsb
    ...[0x84, 0xc0], //                 test al, al
    ...[0x74, 0x11], //                 jz halt
    ...[0x88, 0xc4], //                 mov ah, al
    ...[0xba, 0xfd, 0x03], //           mov dx, 0x3fd
    ...[0xec], //                 wait: in al, dx
    ...[0xa8, 0x20], //                 test al, 0x20: room in the transmitter?
    ...[0x74, 0xfb], //                 jz wait
    ...[0x88, 0xe0], //                 mov al, ah
    ...[0xb2, 0xf8], //                 mov dl, 0xf8: 0x3f8
    ...[0xee], //                       out dx, al
    ...[0xeb, 0xea], //                 jmp next
    ...[0xf4], //                 halt: hlt
    ...[0xeb, 0xfd], //                 jmp halt
  ];
  return [...start, ...loop];
}

/** mov dx, port; mov al, value; out dx, al */
function outByte(port: number, value: number): number[] {
  return [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
}
