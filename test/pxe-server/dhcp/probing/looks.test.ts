import { describe, expect, it } from 'vitest';
import { Conflicts } from '../../../../pxe-server/dhcp/probing/conflicts.ts';
import { Looks } from '../../../../pxe-server/dhcp/probing/looks.ts';

const MINUTE = 60_000;

describe('looks', () => {
  it('asks twice, a second apart, and then knows that nobody is there, for five minutes', () => {
    const looks = new Looks(10);
    expect(looks.turn([1], 5, 0)).toEqual({ ask: [1], free: [] });
    expect(looks.turn([1], 5, 999)).toEqual({ ask: [], free: [] });
    expect(looks.turn([1], 5, 1000)).toEqual({ ask: [1], free: [] });
    expect(looks.busy).toBe(true);
    expect(looks.turn([1], 5, 2000)).toEqual({ ask: [], free: [1] });
    expect(looks.busy).toBe(false);
    expect(looks.turn([1], 5, 2000 + 5 * MINUTE - 1).ask).toEqual([]);
    expect(looks.turn([1], 5, 2000 + 5 * MINUTE).ask).toEqual([1]);
  });
  it('no more than it may; what is underway goes first', () => {
    const looks = new Looks(10);
    expect(looks.turn([1, 2, 3], 2, 0).ask).toEqual([1, 2]);
    expect(looks.turn([3, 4], 3, 1000).ask).toEqual([1, 2, 3]);
  });
  it('after an answer nothing is asked, nor is it free', () => {
    const looks = new Looks(10);
    looks.turn([1], 5, 0);
    looks.answered(1, 10);
    expect(looks.turn([1], 5, 5000)).toEqual({ ask: [], free: [] });
  });
  it('what could not be sent is asked again, and proves nothing', () => {
    const looks = new Looks(10);
    looks.turn([1], 5, 0);
    looks.failed(1);
    expect(looks.turn([1], 5, 100)).toEqual({ ask: [1], free: [] });
  });
  it('remembers so many and no more, the newest', () => {
    const looks = new Looks(2);
    const all = [1, 2, 3];
    looks.turn(all, 5, 0);
    looks.turn([], 5, 1000);
    looks.turn([], 5, 2000);
    expect(all.map((address) => looks.wants(address, 2001))).toEqual([true, false, false]);
  });
});

describe('conflicts', () => {
  it('are told once an hour, and when another machine is there', () => {
    const conflicts = new Conflicts(100);
    const told = (by: string, now: number) => {
      const found = conflicts.found(1, by, now);
      return found.quarantine && found.tell;
    };
    expect(told('a', 0)).toBe(true);
    expect(told('a', 9 * MINUTE)).toBe(false);
    expect(told('b', 10 * MINUTE)).toBe(true);
    for (let minute = 19; minute < 70; minute += 9) expect(told('b', minute * MINUTE)).toBe(false);
    expect(told('b', 70 * MINUTE)).toBe(true);
  });
  it('are looked at again before the quarantine ends', () => {
    const conflicts = new Conflicts(100);
    conflicts.found(1, 'a', 0);
    expect(conflicts.toLookAt(9 * MINUTE)).toEqual([]);
    expect(conflicts.toLookAt(10 * MINUTE - 29_000)).toEqual([1]);
    conflicts.gone(1);
    expect(conflicts.toLookAt(10 * MINUTE)).toEqual([]);
  });
  it('one machine that answers for everything keeps back 32', () => {
    const conflicts = new Conflicts(1000);
    for (let address = 0; address < 32; address++)
      expect(conflicts.found(address, 'a', 0)).toMatchObject({ quarantine: true });
    expect(conflicts.found(32, 'a', 0)).toEqual({ quarantine: false, why: 'one' });
    expect(conflicts.found(32, 'b', 0)).toMatchObject({ quarantine: true });
    expect(conflicts.found(33, 'a', 10 * MINUTE)).toMatchObject({ quarantine: true });
  });
  it.each([
    [1000, 250],
    [10, 8],
    [1_000_000, 1024],
  ])('of %i addresses many machines keep back %i', (addresses, most) => {
    const conflicts = new Conflicts(addresses);
    for (let i = 0; i < most; i++) expect(conflicts.found(i, `${i}`, 0)).toMatchObject({ quarantine: true });
    expect(conflicts.found(most, 'x', 0)).toEqual({ quarantine: false, why: 'many' });
    // Those that are known stay known.
    expect(conflicts.found(0, '0', 1)).toMatchObject({ quarantine: true, tell: false });
  });
});
