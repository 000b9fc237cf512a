import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, type Negotiated, negotiate } from '../../../pxe-server/tftp/negotiate.ts';
import { type Step, Transfer } from '../../../pxe-server/tftp/transfer.ts';
import { seeded } from '../../shared/random.ts';
import { type Answers, simulate, type Wire } from './simulation.ts';

const DATAGRAM = 1472;
const lockStep = negotiate(new Map(), 0, DEFAULT_LIMITS, DATAGRAM);
const windowOf = (windowSize: number): Negotiated => ({ ...lockStep, blockSize: 1, windowSize });
const send = (from: number, to = from): Step => ({ kind: 'send', from, to });
const wait: Step = { kind: 'wait' };
const done: Step = { kind: 'done' };

/** A transfer of that many blocks of one byte and the empty one that ends it. */
const ofBlocks = (blocks: number, negotiated: Negotiated) =>
  new Transfer((blocks - 1) * negotiated.blockSize, negotiated, DEFAULT_LIMITS);

describe('lock-step', () => {
  it.each([
    [0, 1],
    [1, 1],
    [511, 1],
    [512, 2],
    [513, 2],
    [1024, 3],
    [1025, 3],
  ])('%i bytes are %i blocks of 512: an exact multiple ends with an empty one', (size, blocks) => {
    const transfer = new Transfer(size, lockStep, DEFAULT_LIMITS);
    expect(transfer.blocks).toBe(blocks);
    expect(transfer.start(0)).toEqual(send(1));
    for (let block = 1; block < blocks; block++)
      expect(transfer.acknowledge(block, block)).toEqual(send(block + 1));
    expect(transfer.acknowledge(blocks, blocks)).toEqual(done);
  });
  it('a repeated acknowledgement is never answered (RFC 1123 4.2.3.1)', () => {
    const transfer = ofBlocks(9, windowOf(1));
    transfer.start(0);
    expect(transfer.acknowledge(1, 1)).toEqual(send(2));
    for (let i = 0; i < 50; i++) expect(transfer.acknowledge(1, 1000 * i)).toEqual(wait);
    expect(transfer.acknowledge(2, 60_000)).toEqual(send(3));
  });
  it('an acknowledgement of what was not sent, or long ago, is nothing', () => {
    const transfer = ofBlocks(9, windowOf(1));
    transfer.start(0);
    transfer.acknowledge(1, 1);
    transfer.acknowledge(2, 2);
    for (const block of [0, 1, 4, 5, 9, 40_000, 65_535]) expect(transfer.acknowledge(block, 3)).toEqual(wait);
    expect(transfer.acknowledged).toBe(2);
  });
});

describe('options', () => {
  const withOptions = negotiate(new Map([['tsize', '0']]), 600, DEFAULT_LIMITS, DATAGRAM);
  it('come first, and only block 0 acknowledges them', () => {
    const transfer = new Transfer(600, withOptions, DEFAULT_LIMITS);
    expect(transfer.start(0)).toEqual({ kind: 'options' });
    expect(transfer.acknowledge(1, 1)).toEqual(wait);
    expect(transfer.answered).toBe(false);
    expect(transfer.acknowledge(0, 1)).toEqual(send(1));
    expect(transfer.answered).toBe(true);
  });
  it('are sent again in silence and when the client asks again, until it has answered', () => {
    const transfer = new Transfer(600, withOptions, DEFAULT_LIMITS);
    transfer.start(0);
    expect(transfer.silence(1000)).toEqual({ kind: 'options' });
    expect(transfer.repeatStart(1100)).toEqual({ kind: 'options' });
    expect(transfer.acknowledge(0, 1200)).toEqual(send(1));
    expect(transfer.acknowledge(0, 1201)).toEqual(wait);
    expect(transfer.repeatStart(1300)).toEqual(wait);
  });
  it('without them the first block answers the request, once for each time it comes', () => {
    const transfer = new Transfer(600, lockStep, DEFAULT_LIMITS);
    expect([transfer.start(0), transfer.repeatStart(10), transfer.repeatStart(20)]).toEqual(
      Array(3).fill(send(1)),
    );
  });
});

describe('window (RFC 7440)', () => {
  const started = (blocks = 100) => {
    const transfer = ofBlocks(blocks, windowOf(8));
    expect(transfer.start(0)).toEqual(send(1, 8));
    return transfer;
  };
  it('goes on after its last block, and the last window is shorter', () => {
    const transfer = started(10);
    expect(transfer.acknowledge(8, 1)).toEqual(send(9, 10));
    expect(transfer.acknowledge(10, 2)).toEqual(done);
  });
  it.each([1, 3, 7])('starts anew after block %i when what follows was lost', (block) => {
    expect(started().acknowledge(block, 1)).toEqual(send(block + 1, block + 8));
  });
  it('is sent again when its first block was lost', () => {
    const transfer = started();
    transfer.acknowledge(8, 1);
    expect(transfer.acknowledge(8, 2)).toEqual(send(9, 16));
  });
  it('is sent again once for all the blocks behind the gap that EDK2 acknowledges', () => {
    const transfer = started();
    transfer.acknowledge(8, 1);
    const steps = [2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6].map((now) => transfer.acknowledge(8, now));
    expect(steps).toEqual([send(9, 16), ...Array(6).fill(wait)]);
    // all came twice: sixteen answers, and only one of them is news
    expect(transfer.acknowledge(16, 3)).toEqual(send(17, 24));
    for (let i = 0; i < 8; i++) expect(transfer.acknowledge(16, 3.1)).toEqual(wait);
  });
  it('is only made longer while answers to what was sent twice come in', () => {
    const transfer = started();
    expect(transfer.silence(1000)).toEqual(send(1, 8));
    expect(transfer.acknowledge(7, 1001)).toEqual(send(9, 15));
    for (let i = 0; i < 6; i++) expect(transfer.acknowledge(7, 1001.1)).toEqual(wait);
    expect(transfer.acknowledge(15, 1002)).toEqual(send(16, 23));
  });
});

describe('packets that were sent again are counted', () => {
  it('none in a transfer without loss', () => {
    const transfer = ofBlocks(9, windowOf(4));
    transfer.start(0);
    for (const [i, block] of [4, 8, 9].entries()) transfer.acknowledge(block, i);
    expect(transfer.repeats).toBe(0);
  });
  it('those of a window that starts anew, not those that it has beyond the one before', () => {
    const transfer = ofBlocks(20, windowOf(8));
    transfer.start(0);
    expect(transfer.acknowledge(3, 1)).toEqual(send(4, 11));
    expect(transfer.repeats).toBe(5);
    expect(transfer.silence(2000)).toEqual(send(4, 11));
    expect(transfer.repeats).toBe(13);
  });
  it.each<[string, (transfer: Transfer) => void, [repeats: number, requested: number]]>([
    ['the end of a window is missing', (transfer) => void transfer.acknowledge(3, 1), [5, 5]],
    [
      'its start is missing',
      (transfer) => void [8, 8].map((block, i) => transfer.acknowledge(block, i)),
      [8, 8],
    ],
    ['it was silent', (transfer) => void transfer.silence(1000), [8, 0]],
    ['its request came twice', (transfer) => void transfer.repeatStart(1), [8, 0]],
    [
      'it was silent, and answers what it had',
      (transfer) => {
        transfer.silence(1000);
        for (const block of [8, 8, 8]) transfer.acknowledge(block, 1001);
      },
      [8, 0],
    ],
  ])('and those that the client asked for: %s', (_why, happens, counts) => {
    const transfer = ofBlocks(20, windowOf(8));
    transfer.start(0);
    happens(transfer);
    expect([transfer.repeats, transfer.requested]).toEqual(counts);
  });
  it('options too', () => {
    const transfer = new Transfer(
      5,
      negotiate(new Map([['tsize', '0']]), 5, DEFAULT_LIMITS, DATAGRAM),
      DEFAULT_LIMITS,
    );
    transfer.start(0);
    transfer.repeatStart(1);
    transfer.silence(1000);
    expect(transfer.repeats).toBe(2);
  });
});

describe('block numbers roll over', () => {
  it.each([1, 4, 64])('140,000 blocks by windows of %i, to 0 after 65535', (windowSize) => {
    const transfer = ofBlocks(140_000, windowOf(windowSize));
    let step = transfer.start(0);
    let last = 0;
    for (let i = 0; step.kind === 'send' && step.from === last + 1 && i < 200_000; i++) {
      last = step.to;
      step = transfer.acknowledge(step.to & 0xffff, i);
    }
    expect([step, last]).toEqual([done, 140_000]);
  });
  it('a gap and a late acknowledgement across the boundary', () => {
    const transfer = ofBlocks(140_000, windowOf(16));
    transfer.start(0);
    for (let block = 16; block <= 65_520; block += 16) transfer.acknowledge(block, block);
    expect(transfer.acknowledge(65_535, 65_536)).toEqual(send(65_536, 65_551));
    expect(transfer.acknowledge(65_520, 65_537)).toEqual(wait);
    expect(transfer.acknowledge(1, 66_000)).toEqual(send(65_538, 65_553));
    expect(transfer.acknowledged).toBe(65_537);
  });
});

describe('silence', () => {
  const waits = (negotiated: Negotiated, hear = false) => {
    const transfer = ofBlocks(9, { ...negotiated, blockSize: 1 });
    let now = 0;
    transfer.start(now);
    if (hear) transfer.acknowledge(1, ++now);
    const found: number[] = [];
    for (let i = 0; i < 20; i++) {
      found.push(transfer.wait);
      now += transfer.wait;
      const step = transfer.silence(now);
      if (step.kind === 'give-up') return found;
      expect(step).toEqual(send(hear ? 2 : 1));
    }
    throw new Error('never given up');
  };
  it('doubles the wait; a client that never answered is given up after three repeats', () => {
    expect(waits(lockStep)).toEqual([1000, 2000, 4000, 8000]);
  });
  it('up to 8 s and within a minute for one that answered; the wait is shorter once the network was seen to be fast (RFC 6298)', () => {
    expect(waits(lockStep, true)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 8000, 8000]);
  });
  it.each([
    [1, [1000, 2000, 4000, 8000]],
    [7, [7000, 8000, 8000, 8000]],
    [25, [25_000, 25_000, 10_000]],
    [255, [60_000]],
  ])('%i s asked for by the client', (seconds, expected) => {
    const options = new Map([['timeout', String(seconds)]]);
    expect(waits({ ...negotiate(options, 0, DEFAULT_LIMITS, DATAGRAM), accepted: new Map() })).toEqual(
      expected,
    );
  });
  it('follows the round trips (RFC 6298), up to the first wait', () => {
    const transfer = ofBlocks(9, windowOf(1));
    transfer.start(0);
    transfer.acknowledge(1, 60);
    expect(transfer.wait).toBe(60 + 4 * 30);
    transfer.acknowledge(2, 560);
    expect(transfer.wait).toBe(115 + 4 * 132.5);
    transfer.acknowledge(3, 3000);
    expect(transfer.wait).toBe(1000);
  });
  it('that was no silence, since the answer was late, tells nothing of the round trip', () => {
    const transfer = ofBlocks(9, windowOf(1));
    transfer.start(0);
    transfer.silence(1000);
    transfer.acknowledge(1, 1001);
    expect(transfer.wait).toBe(1000);
  });
  it('ends with the first acknowledgement', () => {
    const transfer = ofBlocks(9, windowOf(1));
    transfer.start(0);
    for (let i = 1; i <= 3; i++) expect(transfer.silence(i * 8000)).toEqual(send(1));
    expect(transfer.acknowledge(1, 30_000)).toEqual(send(2));
    expect(transfer.wait).toBe(1000);
    expect(transfer.silence(31_000)).toEqual(send(2));
  });
  it('at the very end says that the client has all', () => {
    const transfer = ofBlocks(2, windowOf(1));
    transfer.start(0);
    expect(transfer.awaitsOnlyTheEnd).toBe(false);
    transfer.acknowledge(1, 1);
    expect(transfer.awaitsOnlyTheEnd).toBe(true);
  });
  it('of a client that never answered says nothing of the kind', () => {
    const transfer = ofBlocks(1, windowOf(1));
    transfer.start(0);
    expect(transfer.awaitsOnlyTheEnd).toBe(false);
  });
});

describe('whole transfers over a wire (simulated)', () => {
  const size = 1468 * 1500 + 5;
  const run = (windowSize: number, answers: Answers, wire: Wire) => {
    const options = new Map(Object.entries({ blksize: '1468', windowsize: String(windowSize), tsize: '0' }));
    const negotiated = negotiate(options, size, DEFAULT_LIMITS, DATAGRAM);
    const transfer = new Transfer(size, negotiated, DEFAULT_LIMITS);
    const outcome = simulate(transfer, negotiated, answers, wire);
    expect(outcome.taken).toBe(transfer.blocks);
    expect(['done', 'unproven']).toContain(outcome.end);
    return { ...outcome, times: outcome.sent / transfer.blocks };
  };
  it.each([1, 2, 4, 16, 64])('window %i without loss: each block once', (windowSize) => {
    for (const answers of ['every', 'first'] as const) expect(run(windowSize, answers, {}).times).toBe(1);
  });
  it('one lost packet, wherever it is, costs one window and never more', () => {
    for (const answers of ['every', 'first'] as const)
      for (let lost = 0; lost < 40; lost++)
        expect(run(4, answers, { loses: (packet) => packet === lost }).sent).toBeLessThanOrEqual(1501 + 4);
  });
  it.each<[number, number, number, number]>([
    // window, loss, blocks sent for each block taken, seconds: both at most
    [1, 0.01, 1.1, 15],
    [1, 0.2, 1.8, 600],
    [4, 0.01, 1.1, 10],
    [4, 0.05, 1.4, 60],
    [4, 0.2, 2.8, 400],
    [16, 0.05, 2.3, 60],
    [64, 0.01, 2.2, 15],
    [64, 0.05, 6, 60],
  ])('window %i at a loss of %d', (windowSize, loss, times, seconds) => {
    for (const answers of ['every', 'first'] as const) {
      const random = seeded(7440);
      const outcome = run(windowSize, answers, { loses: () => random() < loss });
      expect(outcome.times).toBeLessThan(times);
      expect(outcome.milliseconds).toBeLessThan(seconds * 1000);
    }
  });
  it.each([10, 100])('a round trip of %i ms does not look like loss', (roundTrip) => {
    for (const windowSize of [1, 4, 64])
      expect(run(windowSize, 'every', { delay: () => roundTrip / 2 }).times).toBe(1);
  });
  it('packets that overtake each other do not make the traffic grow for good', () => {
    const random = seeded(1123);
    const outcome = run(4, 'every', { delay: () => (random() < 0.01 ? 0.3 + random() * 5 : 0.3) });
    expect(outcome.times).toBeLessThan(1.2);
  });
});
