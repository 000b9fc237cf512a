import { decode } from '../../../pxe-server/tftp/codec.ts';
import { judge } from '../../../pxe-server/tftp/judge.ts';
import { DEFAULT_LIMITS, negotiate } from '../../../pxe-server/tftp/negotiate.ts';
import { netascii } from '../../../pxe-server/tftp/netascii.ts';
import { Transfer } from '../../../pxe-server/tftp/transfer.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';
import { randomPacket } from './wire.ts';

const LIMITS = { ...DEFAULT_LIMITS, transfers: 10, transfersPerClient: 5 };
const SIZE = 100_000;
const DATAGRAM = 1472;

/** TFTP: read without a throw, into what its types say; and what a request comes to is within the limits. */
export const tftp: FuzzTarget = {
  name: 'tftp',
  input: (random) => randomPacket(random),
  check(bytes) {
    checkText(bytes);
    const packet = decode(bytes);
    if ('malformed' in packet) return false;
    if (packet.kind !== 'read' && packet.kind !== 'write') return true;
    if (packet.file === '') throw new Error('a file without a name');
    const judged = judge(packet, { total: 0, own: 0 }, LIMITS);
    if (judged.kind === 'wanted') checkOptions(judged.options);
    return true;
  },
};

/** Sizes are those that were asked for or smaller, and a transfer in them comes to its end. */
function checkOptions(options: ReadonlyMap<string, string>): void {
  const negotiated = negotiate(options, SIZE, LIMITS, DATAGRAM);
  const { blockSize, windowSize, timeout, accepted } = negotiated;
  if (blockSize < 8 || blockSize > DATAGRAM - 4 || windowSize < 1 || windowSize > LIMITS.windowSize)
    throw new Error(`blocks of ${blockSize} in windows of ${windowSize}`);
  if (timeout < 1000 || timeout > 255_000) throw new Error(`an interval of ${timeout} ms`);
  for (const [name, value] of accepted)
    if (!/^\d+$/.test(value) || !options.has(name)) throw new Error(`${name} is answered by ${value}`);
  const transfer = new Transfer(SIZE, negotiated, LIMITS);
  let step = transfer.start(0);
  for (let now = 1; step.kind !== 'done' && now <= 2 * transfer.blocks; now++)
    step = transfer.acknowledge(step.kind === 'send' ? step.to & 0xffff : 0, now);
  if (step.kind !== 'done') throw new Error(`no end: ${step.kind}`);
}

/** Text can be read back, whatever the bytes were. */
function checkText(bytes: Buffer): void {
  const text = netascii(bytes).toString('latin1');
  const back = text.replace(/\r[\n\0]/g, (end) => (end === '\r\n' ? '\n' : '\r'));
  if (back !== bytes.toString('latin1')) throw new Error('netascii changes the text');
}
