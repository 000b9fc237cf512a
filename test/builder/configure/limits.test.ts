import { describe, expect, it } from 'vitest';
import { dropInLines, SYSCTLS, sysctlLines, UNIT_LIMITS } from '../../../builder/configure/limits.ts';

const value = (name: string) => Number(SYSCTLS.find((limit) => limit.name === name)?.value);

describe('limits', () => {
  it('stand once each, with a reason', () => {
    const names = SYSCTLS.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    for (const { because } of SYSCTLS) expect(because.length).toBeGreaterThan(10);
    for (const { settings } of UNIT_LIMITS) for (const { because } of settings) expect(because).not.toBe('');
  });
  it('carry two thousand guests', () => {
    const guests = 2000;
    expect(value('kernel.pid_max')).toBeGreaterThanOrEqual(guests * (20 + 64 + 16));
    expect(value('kernel.threads-max')).toBeGreaterThanOrEqual(guests * (20 + 64 + 16));
    expect(value('fs.aio-max-nr')).toBeGreaterThanOrEqual(guests * 2 * 1024);
    expect(value('net.ipv4.neigh.default.gc_thresh2')).toBeGreaterThanOrEqual(guests * 4);
    expect(value('net.ipv4.neigh.default.gc_thresh3')).toBeGreaterThan(
      value('net.ipv4.neigh.default.gc_thresh2'),
    );
  });
  it('give no unit more files than one process may have', () => {
    const files = UNIT_LIMITS.flatMap(({ settings }) => settings).filter(
      ({ name }) => name === 'LimitNOFILE',
    );
    expect(files.length).toBeGreaterThan(0);
    for (const limit of files) expect(Number(limit.value)).toBeLessThanOrEqual(value('fs.nr_open'));
  });
  it('are written with their reasons; what may be absent has a dash', () => {
    expect(
      sysctlLines([
        { name: 'vm.swappiness', value: '10', because: 'guests stay' },
        { name: '-net.bridge.bridge-nf-call-iptables', value: '0', because: 'not for the host' },
      ]),
    ).toEqual([
      ...['# guests stay', 'vm.swappiness = 10'],
      ...['# not for the host', '-net.bridge.bridge-nf-call-iptables = 0'],
    ]);
    expect(dropInLines(UNIT_LIMITS[0]!)).toEqual([
      ...['[Slice]', "# all guests' threads are in here", 'TasksMax=infinity'],
    ]);
  });
});
