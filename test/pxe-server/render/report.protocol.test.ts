import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PairingDesk } from '../../../pxe-server/api/pairing.ts';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import { type ServiceTls, serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { InstallSettings, type InstallSettingsInput } from '../../../pxe-server/hosts/install/settings.ts';
import { agentHttp } from '../../../pxe-server/http/agent-http.ts';
import { KICKSTART_SHAPE, renderHere, renderKickstart } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { type Desk, freshKeys, type Keys, openDesk } from '../enrol/desk.ts';
import { IMAGE } from './hosts.ts';

/** Sections of a kickstart as they are served, run by sh with curl, against the agents' endpoint over TLS. */

const MAC = '52:54:00:00:00:01';
const PRE = /^%pre( |$)/;

let keys: Keys;
let tls: ServiceTls;
let templates: Templates;
let folder: string;
let desk: Desk;
let app: FastifyInstance;
let text: string;
beforeAll(async () => {
  keys = await freshKeys();
  tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));
  const texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
  templates = new Templates(texts, KICKSTART_SHAPE);
});
afterAll(() => keys.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-report-'));
  desk = await openDesk(keys.holder);
  app = await agentHttp({
    ...{ tls, pairing: new PairingDesk(), enrolment: desk.enrolment, serviceCa: keys.holder.serviceCa() },
    ...{ tokenMinutes: 20, reports: new BootReports(desk), installs: new InstallReports(desk) },
    onHeartbeat: async () => ({ renew: false, heartbeatSeconds: 10 }),
    ...{ onWrongPairing: () => undefined, onInternal: () => undefined },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await app.close();
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The kickstart of a host that is being installed; where the installer has it, too. */
async function render(template: string, said: InstallSettingsInput, ca = keys.holder.serviceCa()) {
  const { id } = await desk.registry.declare({ name: 'node1', macs: [MAC] });
  const host = await desk.registry.signal(id, 'installing', 'installs');
  const token = await desk.mint('install', { host, mac: MAC });
  const { port } = app.server.address() as AddressInfo;
  text = await renderKickstart(renderHere(templates), template, {
    host: { id, name: 'node1', kernelArguments: [], install: InstallSettings.parse(said) },
    ...{ image: IMAGE, base: 'http://192.0.2.1', sshKeys: [`ssh-ed25519 ${'A'.repeat(68)}`], release: 'el9' },
    callback: { url: `https://127.0.0.1:${port}/agent/v1/install`, token, ca },
  });
  writeFileSync(join(folder, 'ks.cfg'), text);
}

/** Runs the sections whose head fits, in order; each is a process of its own, as Anaconda has it. */
async function run(head: RegExp): Promise<number[]> {
  const sections = [
    ...text.matchAll(/^(%(?:pre|post|pre-install|onerror|traceback)\b[^\n]*)\n([\s\S]*?)^%end$/gm),
  ];
  const statuses: number[] = [];
  for (const [, line, body] of sections.filter((section) => head.test(section[1]!))) {
    const log = /--log=(\S+)/.exec(line!)?.[1];
    const moved = `exec ${log ? `>${log} 2>&1` : '2>/dev/null'}\n${body}`
      .replace(/(?<![\w}])\/(tmp|root)\//g, `${folder}/$1/`)
      .replaceAll('/run/install/ks.cfg', join(folder, 'ks.cfg'))
      .replaceAll('/dev/console', join(folder, 'no'));
    for (const name of ['tmp', 'root']) mkdirSync(join(folder, name), { recursive: true });
    const env = { PATH: process.env.PATH, ANA_INSTALL_PATH: join(folder, 'sysroot') };
    statuses.push(
      await new Promise((resolve) =>
        execFile('sh', ['-c', moved], { env, encoding: 'utf8' }, (error) =>
          resolve(error ? Number(error.code) : 0),
        ),
      ),
    );
  }
  return statuses;
}
const story = async () =>
  (await desk.story()).filter((line) => /installer|installation|log: |installed/.test(line));
const current = () => desk.registry.get('node1');
const lineOf = (head: string) => text.split('\n').indexOf(head) + 1;

describe('an installation', () => {
  it('that goes well is installed, and says its steps', async () => {
    await render('install.ks.njk', { scripts: [{ when: 'post', text: 'true' }] });
    expect(await run(/^%(pre|pre-install|post)\b/)).toEqual([0, 0, 0, 0, 0]);
    expect(current().state).toBe('installed');
    expect(await story()).toEqual([
      '127.0.0.1: its installer has begun: the kickstart is read',
      '127.0.0.1: its installer goes on: disks are divided; files are written next',
      '127.0.0.1: its installer goes on: files are written; scripts follow',
      'installing → installed: installed',
    ]);
  });
  it('whose own script fails says which one, at which line, and the end of its log', async () => {
    const script = 'echo "first words"\necho "the \'disk\' & 100% gone" >&2\nexit 3';
    await render('install.ks.njk', { scripts: [{ when: 'pre', text: script }] });
    expect(await run(PRE)).toEqual([0, 3]);
    const line = lineOf('%pre --erroronfail --log=/tmp/rackhand-pre-1.log');
    expect(line).toBeGreaterThan(10);
    expect(current()).toMatchObject({
      state: 'failed',
      reason: `the installation failed at line ${line} of the kickstart: script pre-1 ended with status 3`,
    });
    expect((await story()).slice(-2)).toEqual(['log: first words', "log: the 'disk' & 100% gone"]);
  });
  it.each(['discovery', 'rescue'])(
    'of nothing (%s) says which of its own scripts failed, too',
    async (name) => {
      await render(`${name}.ks.njk`, { scripts: [{ when: 'pre', text: 'echo words\nexit 3' }] });
      expect(await run(/^%pre( --erroronfail --log=\/tmp\/rackhand-pre-1\.log)?$/)).toEqual([0, 3]);
      const line = lineOf('%pre --erroronfail --log=/tmp/rackhand-pre-1.log');
      expect(current()).toMatchObject({
        state: 'failed',
        reason: `the installation failed at line ${line} of the kickstart: script pre-1 ended with status 3`,
      });
      expect((await story()).at(-1)).toBe('log: words');
    },
  );
  it('whose script need not succeed goes on', async () => {
    await render('install.ks.njk', { scripts: [{ when: 'pre', text: 'exit 4', mustSucceed: false }] });
    await run(PRE);
    expect(current().state).toBe('installing');
    expect((await story()).at(-1)).toContain('script pre-1 ended with status 4');
  });
  it('whose disks are not there says what its rule asked for', async () => {
    await render('install.ks.njk', { storage: { disks: [{ role: 'system', serial: 'none such' }] } });
    expect(await run(PRE)).toEqual([0, 1]);
    expect(current()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /^the installation failed at line \d+ of the kickstart: disks of role system: the rule fits 0, and 1 are asked for: none; nothing was written to any disk$/,
      ),
    });
  });
  it('that Anaconda gives up tells its last error, the line that it names, and the ends of its logs', async () => {
    await render('install.ks.njk', {});
    await run(PRE);
    const log = '12:00:01,1 INF anaconda: fine\n12:00:02,2 ERR anaconda: the payload is broken\n';
    writeFileSync(join(folder, 'tmp/anaconda.log'), log);
    const failed = 'Error code 1 running the kickstart script at line 61\n';
    writeFileSync(join(folder, 'tmp/program.log'), failed);
    expect(await run(/^%onerror/)).toEqual([0]);
    expect(current().reason).toBe(
      'the installation failed at line 61 of the kickstart: 12:00:02,2 ERR anaconda: the payload is broken',
    );
    expect((await story()).filter((line) => line.startsWith('log: '))).toEqual([
      expect.stringMatching(/^log: ==> .*anaconda\.log$/),
      'log: 12:00:01,1 INF anaconda: fine',
      'log: 12:00:02,2 ERR anaconda: the payload is broken',
      expect.stringMatching(/^log: ==> .*program\.log$/),
      `log: ${failed.trim()}`,
    ]);
  });
});

it('with a log of megabytes reports its end', async () => {
  await render('install.ks.njk', {});
  await run(PRE);
  writeFileSync(join(folder, 'tmp/anaconda.log'), `${'é%&= '.repeat(2000)}\n`.repeat(400));
  await run(/^%traceback/);
  expect(current().state).toBe('failed');
});
it('a server whose authority is another one hears nothing, and the installation goes on', async () => {
  const stranger = await freshKeys();
  await render('install.ks.njk', {}, stranger.holder.serviceCa());
  await stranger.remove();
  expect(await run(PRE)).toEqual([0]);
  expect(await story()).toEqual([]);
});
