import { encodedLength, Option, type Options, writeOptions } from './options.ts';

/** Fields of the header that may hold options (RFC 2131 4.1), by their bit in option 52. */
const FIELDS = { file: { bit: 1, from: 108, to: 236 }, sname: { bit: 2, from: 44, to: 108 } } as const;
const OVERLOAD = 3;

/** Whether all of them have a place between the message type and the end. */
export function fits(options: Options, room: number): boolean {
  let length = 1;
  for (const value of options.values()) length += encodedLength(value);
  return length <= room;
}

/**
 * Writes options that do not all fit: what has no place any more goes into the fields `file` and `sname` where those
 * are empty, and option 52 says so; what has none there either is left out. A value stays in one place, since
 * few clients join one over two fields.
 * @param bytes a message whose fields before the options are written
 * @param free the fields that are empty
 * @returns the place after the last byte
 */
export function writeOverloaded(
  options: Options,
  bytes: Buffer,
  from: number,
  to: number,
  free: readonly (keyof typeof FIELDS)[],
): number {
  const relay = options.get(Option.relayAgent);
  const kept: Options = new Map();
  const spare: Options = new Map();
  const echoed = relay !== undefined && relay.length <= 255 ? encodedLength(relay) : 0;
  let room = to - from - 1 - OVERLOAD - echoed;
  for (const [code, value] of options) {
    const length = encodedLength(value);
    const stays = code === Option.relayAgent || length <= room;
    (stays ? kept : spare).set(code, value);
    if (stays && code !== Option.relayAgent) room -= length;
  }
  let bits = 0;
  for (const name of free) {
    const { bit, from: start, to: end } = FIELDS[name];
    const taken = take(spare, end - start);
    if (taken.size === 0) continue;
    writeOptions(taken, bytes, start, end);
    bits |= bit;
  }
  if (bits === 0) return writeOptions(options, bytes, from, to);
  return writeOptions(new Map([[Option.overload as number, Buffer.of(bits)], ...kept]), bytes, from, to);
}

/** Takes what a field has room for. */
function take(spare: Options, length: number): Options {
  const taken: Options = new Map();
  let room = length - 1;
  for (const [code, value] of spare) {
    if (encodedLength(value) > room) continue;
    taken.set(code, value);
    spare.delete(code);
    room -= encodedLength(value);
  }
  return taken;
}
