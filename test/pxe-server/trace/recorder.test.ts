import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TraceStore } from '../../../pxe-server/store/traces.ts';
import { type Attempt, reachOf } from '../../../pxe-server/trace/attempt.ts';
import type { Step } from '../../../pxe-server/trace/entry.ts';
import { type Recorded, Recorder } from '../../../pxe-server/trace/recorder.ts';
import { ack, agent, discover, http, IMAGE, LEASED, START, script, tftp, traceOf } from './steps.ts';

const MAC = '52:54:00:00:00:01';
const OTHER = '52:54:00:00:00:02';

function desk({ hosts = {} as Record<string, string>, path = ':memory:' } = {}) {
  let now = START;
  const recorder = new Recorder({ store: new TraceStore(path), hostOf: (mac) => hosts[mac], now: () => now });
  return {
    recorder,
    hosts,
    at: (second: number) => (now = START + second * 1000),
    take: (who: Partial<Step>, ...steps: Parameters<typeof traceOf>) =>
      recorder.take(traceOf(...steps).map((entry) => ({ ...who, ...entry }))),
    of: (...keys: string[]) => recorder.attemptsOf(keys),
  };
}
const facts = (attempt: Attempt | undefined) => attempt?.entries.map(({ fact }) => fact.layer);

describe('whose a step is', () => {
  it('the host that has the MAC; what comes by an address, of who was given it last', () => {
    const { take, of, recorder } = desk({ hosts: { [MAC]: 'h1' } });
    take({ mac: MAC }, ...LEASED);
    take({ mac: MAC, address: '192.0.2.101' }, [1, ack()]);
    take({ address: '192.0.2.101' }, [2, tftp('asked', 'snponly.efi')]);
    take({ address: '192.0.2.102' }, [2, tftp('asked', 'x')]);
    take({ mac: OTHER, address: '192.0.2.101' }, [3, discover({ xid: 9 })]);
    take({ address: '192.0.2.101' }, [4, tftp('asked', 'y')]);
    expect(facts(of('h1')[0])).toEqual(['dhcp', 'dhcp', 'dhcp', 'dhcp', 'tftp']);
    expect(facts(of(OTHER)[0])).toEqual(['dhcp', 'tftp']);
    expect(of(MAC)).toEqual([]);
    recorder.close();
  });
  it('a machine whose script names its host: all of it is the host’s, and what comes later too', () => {
    const { take, of, recorder } = desk();
    take({ mac: MAC }, ...LEASED);
    recorder.save(true);
    take({ mac: MAC, hostId: 'h1', address: '192.0.2.101' }, [5, script('boot', 'boots')]);
    take({ mac: MAC }, [9, discover({ client: 'system' })]);
    recorder.save(true);
    expect(of('h1').map(facts)).toEqual([['dhcp', 'dhcp', 'dhcp', 'dhcp', 'script', 'dhcp']]);
    expect(of(MAC)).toEqual([]);
    recorder.close();
  });
  it('another host with the same UUID, and not another card of the same one', () => {
    const { take, recorder } = desk({ hosts: { [MAC]: 'h1', '52:54:00:00:00:11': 'h1', [OTHER]: 'h2' } });
    for (const mac of [MAC, '52:54:00:00:00:11', OTHER, '52:54:00:00:00:33'])
      take({ mac }, [0, discover({ uuid: '03000200-0400-0500-0006-000700080009' })]);
    expect(recorder.sameUuid([MAC])).toEqual([OTHER]);
    expect(recorder.sameUuid(['52:54:00:00:00:44'])).toEqual([]);
    recorder.close();
  });
});

describe('attempts', () => {
  it('steps that are told late lie at their time', () => {
    const { take, of, recorder } = desk({ hosts: { [MAC]: 'h1' } });
    take({ mac: MAC }, [0, discover()], [5, script('boot', 'b')]);
    take({ mac: MAC }, [2, tftp('asked', 'snponly.efi')]);
    expect(facts(of('h1')[0])).toEqual(['dhcp', 'tftp', 'script']);
    recorder.close();
  });
  it('the last five of a host are kept, newest first', () => {
    const { take, of, at, recorder } = desk({ hosts: { [MAC]: 'h1' } });
    for (let i = 0; i < 8; i++) {
      at(i * 1000);
      take({ mac: MAC }, [i * 1000, discover({ xid: i })]);
    }
    recorder.save(true);
    expect(of('h1').map(({ startedAt }) => (startedAt - START) / 1000)).toEqual([
      7000, 6000, 5000, 4000, 3000,
    ]);
    recorder.forget('h1');
    expect(of('h1')).toEqual([]);
    recorder.close();
  });
  it('goes on after a restart, when it was not long ago', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rackhand-traces-'));
    const path = join(folder, 'traces.db');
    const first = desk({ path, hosts: { [MAC]: 'h1' } });
    first.take({ mac: MAC }, ...LEASED);
    first.recorder.close();
    const second = desk({ path, hosts: { [MAC]: 'h1' } });
    second.take({ hostId: 'h1' }, [30, script('boot', 'b')]);
    expect(second.of('h1').map(facts)).toEqual([['dhcp', 'dhcp', 'dhcp', 'dhcp', 'script']]);
    second.take({ hostId: 'h1' }, [3600, script('boot', 'b')]);
    expect(second.of('h1')).toHaveLength(2);
    second.recorder.close();
    await writeFile(path, 'no database at all'.repeat(100));
    const third = desk({ path });
    expect(third.of('h1')).toEqual([]);
    third.recorder.close();
    await rm(folder, { recursive: true });
  });
  it('who watches hears each step, and what begins', () => {
    const { take, recorder } = desk({ hosts: { [MAC]: 'h1' } });
    const heard: Recorded[] = [];
    const stop = recorder.follow((recorded) => heard.push(recorded));
    take({ mac: MAC }, [0, discover()], [1, ack()]);
    stop();
    take({ mac: MAC }, [2, tftp('asked', 'x')]);
    expect(heard.map(({ begins, entry }) => [begins, entry.fact.layer])).toEqual([
      [true, 'dhcp'],
      [false, 'dhcp'],
    ]);
    recorder.close();
  });
});

describe('bounds', () => {
  it('writes what has settled, and lets go of what is idle', () => {
    const { take, of, at, recorder } = desk({ hosts: { [MAC]: 'h1' } });
    take({ mac: MAC }, ...LEASED);
    at(600);
    recorder.save();
    recorder.save();
    take({ mac: MAC }, [601, agent('ca')]); // nothing of it is in memory any more, and it is long ago
    expect(of('h1').map((attempt) => reachOf(attempt.entries))).toEqual(['agent', 'leased']);
    recorder.close();
  });
  it('a flood of strangers stays in 64 MiB and a thousand attempts, and costs no host its trace', () => {
    const { take, of, recorder } = desk({ hosts: { [MAC]: 'h1' } });
    take({ mac: MAC }, ...LEASED);
    for (let i = 0; i < 1500; i++) {
      const frame = { link: 'ipv4' as const, bytes: Buffer.alloc(75_000, i).toString('base64') };
      recorder.take([{ mac: `02:00:${i}`, at: START + 1000 + i, fact: discover(), frame }]);
    }
    expect(recorder.bytes).toBeGreaterThan(50 * 1024 * 1024);
    expect(recorder.bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect([0, 1499].map((i) => of(`02:00:${i}`).length)).toEqual([0, 1]);
    recorder.save(true);
    expect(of('h1').map(facts)).toEqual([['dhcp', 'dhcp', 'dhcp', 'dhcp']]);
    recorder.close();
  });
});

it('an image’s steps are told by path', () => {
  const { take, of, recorder } = desk({ hosts: { [MAC]: 'h1' } });
  take({ mac: MAC }, ...LEASED, [9, http('sent', 'image', IMAGE)]);
  expect(reachOf(of('h1')[0]!.entries)).toBe('image');
  recorder.close();
});
