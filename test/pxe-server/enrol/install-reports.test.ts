import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InstallReport } from '../../../builder/contract/agent-protocol.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import type { Step } from '../../../pxe-server/trace/entry.ts';
import { type Desk, freshKeys, type Keys, openDesk } from './desk.ts';
import { registration } from './request.ts';

const MAC = '52:54:00:00:00:01';
const PEER = '192.0.2.9';

let keys: Keys;
let desk: Desk;
let reports: InstallReports;
let steps: Step[];
let began: string[];
beforeAll(async () => {
  keys = await freshKeys();
});
afterAll(() => keys.remove());
beforeEach(async () => {
  desk = await openDesk(keys.holder);
  [steps, began] = [[], []];
  reports = new InstallReports({
    ...desk,
    onStep: (step) => steps.push(step),
    onBegan: (hostId) => began.push(hostId),
  });
});
afterEach(() => desk.close());

async function installing(name = 'node1', mac = MAC): Promise<{ host: Host; token: string }> {
  const { id } = await desk.registry.declare({ name, macs: [mac], arm: 'once' });
  const host = await desk.registry.signal(id, 'installing', 'installs');
  return { host, token: await desk.mint('install', { host, mac, minutes: 720 }) };
}
const report = (token: string, said: Partial<InstallReport> & Pick<InstallReport, 'event'>) =>
  reports.received(token, InstallReport.parse(said), PEER);
const current = (name = 'node1') => desk.registry.get(name);
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('an installation that goes well', () => {
  it('is told step by step, and ends as installed', async () => {
    const { host, token } = await installing();
    await report(token, { event: 'started', text: 'the kickstart is read' });
    await report(token, { event: 'progress', text: 'disks are divided' });
    expect(current()).toMatchObject({ state: 'installing' });
    await report(token, { event: 'installed' });
    expect(current()).toMatchObject({ state: 'installed', reason: 'installed' });
    expect((await desk.story()).slice(-3)).toEqual([
      `${PEER}: its installer has begun: the kickstart is read`,
      `${PEER}: its installer goes on: disks are divided`,
      'installing → installed: installed',
    ]);
    expect(steps.map(({ fact }) => fact)).toMatchObject([
      { layer: 'installer', step: 'progress' },
      { layer: 'installer', step: 'progress' },
      { layer: 'installer', step: 'done' },
    ]);
    expect(steps[0]).toMatchObject({ hostId: host.id, address: PEER });
    expect(began).toContain(host.id);
  });
  it.each(['wiped', 'discovered'] as const)(
    'of which nothing is installed ends as discovered: %s',
    async (event) => {
      const { token } = await installing();
      await report(token, { event, text: 'sda' });
      expect(current()).toMatchObject({ state: 'discovered' });
    },
  );
});

describe('an installation that fails', () => {
  it('is failed with line and words, and the ends of its logs are in the story', async () => {
    const { token } = await installing();
    const log =
      '==> /tmp/anaconda.log\nthe disk \x1b[31msda\x1b[0m is not there\r\n\n==> /tmp/storage.log\nlast words\n';
    await report(token, { event: 'failed', text: 'disks of role system: the rule fits 3', line: '37', log });
    expect(current()).toMatchObject({
      state: 'failed',
      reason: 'the installation failed at line 37 of the kickstart: disks of role system: the rule fits 3',
    });
    expect((await desk.story()).slice(-4)).toEqual([
      'log: ==> /tmp/anaconda.log',
      expect.stringMatching(/^log: the disk .*sda.* is not there$/),
      'log: ==> /tmp/storage.log',
      'log: last words',
    ]);
    expect(steps[0]!.fact).toEqual({
      ...{ layer: 'installer', step: 'failed', line: 37 },
      message: 'disks of role system: the rule fits 3',
    });
    expect(steps.slice(1).map(({ fact }) => fact)).toMatchObject(Array(4).fill({ step: 'log' }));
    expect((await desk.story()).join()).not.toContain('\x1b');
  });
  it('may tell more for ten minutes, and it stays failed', async () => {
    const { token } = await installing();
    await report(token, { event: 'failed', text: 'first' });
    desk.pass(599);
    await report(token, { event: 'failed', text: 'the installer gave up' });
    expect(current()).toMatchObject({ state: 'failed', reason: expect.stringContaining('first') });
    expect((await desk.story()).at(-1)).toBe(`${PEER}: the installation failed: the installer gave up`);
    desk.pass(2);
    await expect(report(token, { event: 'progress' })).rejects.toEqual(code('token-expired'));
  });
  it('behind its last script fails too', async () => {
    const { token } = await installing();
    await report(token, { event: 'installed' });
    await report(token, { event: 'failed', text: 'boot loader' });
    expect(current().state).toBe('failed');
  });
  it('of thousands of lines keeps the last', async () => {
    const { token } = await installing();
    const log = Array.from({ length: 2000 }, (_, i) => `line ${i}`).join('\n');
    await report(token, { event: 'failed', log: log.slice(-20_000) });
    const lines = (await desk.story()).filter((line) => line.startsWith('log: '));
    expect([lines.length, lines.at(-1)]).toEqual([60, 'log: line 1999']);
  });
});

describe('a token of an installation', () => {
  it('adds to the story of its own host alone', async () => {
    const { token } = await installing();
    await installing('node2', '52:54:00:00:00:02');
    await report(token, { event: 'failed', text: 'x' });
    expect(current('node2').state).toBe('installing');
  });
  it('moves no host that has registered meanwhile', async () => {
    const { host, token } = await installing();
    await desk.registry.signal(host.id, 'registered', 'registered');
    for (const event of ['started', 'failed', 'installed', 'wiped'] as const) await report(token, { event });
    expect(current().state).toBe('registering');
  });
  it('ends with the next installation of its host', async () => {
    const { host, token } = await installing();
    const next = await desk.mint('install', { host, mac: MAC, minutes: 720 });
    await expect(report(token, { event: 'installed' })).rejects.toEqual(code('token-unknown'));
    await report(next, { event: 'started' });
  });
  it('ends with its host', async () => {
    const { host, token } = await installing();
    await desk.registry.remove(host.id);
    await expect(report(token, { event: 'started' })).rejects.toEqual(code('token-unknown'));
  });
  it.each(['register', 'inventory', 'kickstart', 'installed', 'pair'] as const)(
    'is not one for %s',
    async (purpose) => {
      const { host } = await installing();
      const token = await desk.mint(purpose, { host, mac: MAC });
      await expect(report(token, { event: 'installed' })).rejects.toEqual(code('token-unknown'));
      expect(current().state).toBe('installing');
    },
  );
  it('that nobody has told of yet is to come again, for half a minute', async () => {
    const early = 'e'.repeat(32);
    await expect(report(early, { event: 'started' })).rejects.toEqual(code('token-early'));
    desk.pass(31);
    await expect(report(early, { event: 'started' })).rejects.toEqual(code('token-unknown'));
  });
  it('takes some hundred reports and no more', async () => {
    const { token } = await installing();
    for (let i = 0; i < 300; i++) await report(token, { event: 'progress' });
    await expect(report(token, { event: 'progress' })).rejects.toEqual(code('report-surplus'));
  });
  it('registers nobody', async () => {
    const { token } = await installing();
    await expect(desk.enrolment.register(token, await registration(MAC), PEER)).rejects.toEqual(
      code('token-unknown'),
    );
  });
});

describe('the token of what was installed', () => {
  it('registers its host, which is armed no more, once', async () => {
    const { host } = await installing();
    await desk.registry.update(host.id, { arm: 'off' });
    const token = await desk.mint('installed', { host, mac: MAC, minutes: 720 });
    desk.pass(3 * 3600);
    await expect(desk.enrolment.register(token, await registration(MAC), PEER)).resolves.toMatchObject({
      state: 'registered',
    });
    await expect(desk.enrolment.register(token, await registration(MAC), PEER)).rejects.toEqual(
      code('token-claimed'),
    );
    expect(current()).toMatchObject({ state: 'frozen', arm: 'off' });
  });
  it('leaves an arming alone that was made for the next installation', async () => {
    const { host } = await installing();
    const token = await desk.mint('installed', { host, mac: MAC, minutes: 720 });
    await desk.enrolment.register(token, await registration(MAC), PEER);
    expect(current().arm).toBe('once');
  });
});
