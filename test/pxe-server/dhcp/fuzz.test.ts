import { expect, it } from 'vitest';
import { classify } from '../../../pxe-server/dhcp/classify.ts';
import { decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import { seeded } from '../../shared/random.ts';
import { captured } from './captured.ts';
import { hostileBytes } from './packets.ts';

it('10,000 hostile inputs: nothing throws, and what is read is written the same', () => {
  const random = seeded(2131);
  const real = Object.values(captured);
  let read = 0;
  for (let i = 0; i < 10_000; i++) {
    const bytes = hostileBytes(random, real);
    const packet = decode(bytes);
    if ('malformed' in packet) continue;
    read += 1;
    classify(packet);
    const written = encode(packet, 1472);
    expect(written.length).toBeGreaterThanOrEqual(300);
    expect(written.length).toBeLessThanOrEqual(1472);
    const again = decode(written);
    if ('malformed' in again) throw new Error(`${again.malformed}: ${bytes.toString('hex')}`);
    expect(encode(again, 1472).equals(written)).toBe(true);
  }
  // The generator reaches both sides of the codec.
  expect(read).toBeGreaterThan(3000);
  expect(read).toBeLessThan(9000);
});
