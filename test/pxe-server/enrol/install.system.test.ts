import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { BootAnswer } from '../../../pxe-server/api/boot-schemas.ts';
import type { Event } from '../../../pxe-server/events/journal.ts';
import type { PlanView } from '../../../pxe-server/kickstart/plan/view.ts';
import { publishImage } from '../config/catalog-fixture.ts';
import { type Link, makeLink } from '../net/namespaces.ts';
import { serve } from '../serve.ts';
import { registration } from './request.ts';

/** An installation through all roles of the service, by what its installer does: curl, sh and logger. */

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
const MAC = '52:54:00:00:00:0a';
const KEY = `ssh-ed25519 ${'A'.repeat(68)}`;
let link: Link;
let folder: string;
let service: Daemon;
beforeAll(async () => {
  link = await makeLink('198.51.100.9/24');
  folder = await mkdtemp(join(tmpdir(), 'rackhand-install-'));
  await chmod(folder, 0o755);
  await publishImage(join(folder, 'catalog'));
  for (const name of ['kernel', 'initramfs']) await writeFile(join(folder, name), name);
  const [kernel, initramfs] = [join(folder, 'kernel'), join(folder, 'initramfs')];
  const given = {
    ...{ state: join(folder, 'state'), images: { catalog: join(folder, 'catalog'), default: 'lab' } },
    provisioning: {
      interfaces: [{ name: link.serverDevice, address: link.serverAddress }],
      syslogPort: 514,
    },
    ...{ installers: { el9: { kernel, initramfs, release: 'el9' } }, sshKeys: [KEY] },
  };
  await writeFile(join(folder, 'rackhand.yaml'), stringify(given));
  const hosts = [
    { name: 'node1', macs: [MAC], kickstart: 'install', arm: 'once', install: { manager: 'self' } },
  ];
  await writeFile(join(folder, 'hosts.yaml'), stringify({ hosts }));
  ({ service } = await serve(link, join(folder, 'rackhand.yaml')));
});
afterAll(async () => {
  await service?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

const hosts = async (...argv: string[]) => {
  const token = ['--token-file', join(folder, 'state/control/api-token')];
  return (await link.server.run([PROGRAM, 'hosts', ...argv, ...token])).stdout;
};
const told = async () =>
  JSON.parse(await hosts('show', 'node1', '--events', '500', '--json')) as {
    host: { state: string; arm: string };
    events: Event[];
  };
const shown = async () => (await told()).host;
const why = async () => JSON.parse(await hosts('why', 'node1', '--json')) as BootAnswer;
const PATIENT = { timeout: 60_000, interval: 1000 };

/** Status and text. */
async function curl(path: string, ...flags: string[]): Promise<{ status: string; text: string }> {
  const url = path.startsWith('http') ? path : `http://${link.serverAddress}${path}`;
  const { stdout } = await link.client.run(['curl', '-s', '-w', '\n%{http_code}', ...flags, url]);
  const end = stdout.lastIndexOf('\n');
  return { status: stdout.slice(end + 1), text: stdout.slice(0, end) };
}
const headers = (mac: string) => [
  '-H',
  `X-RHN-Provisioning-MAC-0: eth0 ${mac}`,
  '-H',
  'X-System-Serial-Number: CZ1',
];

it('from the boot script to the last report', async () => {
  await hosts('import', join(folder, 'hosts.yaml'));
  const script = async () => (await curl(`/boot/host.ipxe?mac=${MAC}`)).text;
  await expect.poll(script, PATIENT).toContain('inst.ks=');
  const line = await script();
  expect(line).toContain(`inst.syslog=${link.serverAddress}:514 inst.ks.sendmac inst.ks.sendsn inst.ks=`);
  const url = /inst\.ks=(\S+)/.exec(line)![1]!;

  expect(await curl(url, ...headers('52:54:00:00:00:66'))).toMatchObject({ status: '403' });
  const { status, text } = await curl(url, ...headers(MAC));
  expect(status).toBe('200');
  expect(text).toMatch(/rackhand\.url=https:\/\/\S+ rackhand\.ca=[0-9a-f]{64} rackhand\.token=[0-9a-f]{32}/);
  await expect.poll(async () => (await shown()).state, PATIENT).toBe('installing');
  expect(await shown()).toMatchObject({ arm: 'off' });
  // A download that broke off.
  expect(await curl(url, ...headers(MAC))).toEqual({ status: '200', text });

  for (const flag of ['--udp', '--tcp']) {
    const to = ['--server', link.serverAddress, '--port', '514', flag, '-p', 'user.err', '-t', 'anaconda'];
    await link.client.run(['logger', ...to, `ERR packaging: heard by ${flag}`]);
  }
  const sections = [...text.matchAll(/^%(pre|post --nochroot)\n([\s\S]*?)^%end$/gm)].map(
    ([, , body]) => body!,
  );
  for (const section of sections)
    await link.client.run(['sh', '-c', section.replaceAll('/tmp/rackhand', join(folder, 'tmp'))]);
  await expect.poll(async () => (await shown()).state, PATIENT).toBe('installed');
  expect(await curl(url, ...headers(MAC))).toMatchObject({ status: '403' });

  const steps = async () => (await why()).steps.map(({ layer, message }) => `${layer}: ${message}`);
  await expect.poll(steps, PATIENT).toContain('installer: installed');
  expect(await steps()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^installer: kickstart refused, asked for by a machine that is not its host/),
      'installer: fetches its kickstart',
      'installer: fetches its kickstart again',
      'installer: log: anaconda: ERR packaging: heard by --udp',
      'installer: log: anaconda: ERR packaging: heard by --tcp',
      'installer: its installer has begun: the kickstart is read',
    ]),
  );
  const events = (await told()).events.map(({ kind, message }) => `${kind}: ${message}`).join('\n');
  for (const kind of ['wrong-host', 'kickstart', 'kickstart-again', 'late-use'])
    expect(events).toMatch(new RegExp(`^${kind}: 198\\.51\\.100\\.9: kickstart `, 'm'));
  expect(events).toContain('installer: syslog: anaconda: ERR packaging: heard by --udp');
  expect(events).not.toMatch(/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/);
});

it('the installed host registers with the token of its kickstart, and its plan is for its own disks', async () => {
  const url = async () => /inst\.ks=(\S+)/.exec((await curl(`/boot/host.ipxe?mac=${MAC}`)).text)?.[1];
  await hosts('arm', 'node1');
  await expect.poll(url, PATIENT).toBeDefined();
  const { text } = await curl((await url())!, ...headers(MAC));
  const token = /rackhand\.token=([0-9a-f]{32})/.exec(text)![1]!;
  const disk = {
    ...{ name: 'sda', size: 200 * 2 ** 30, model: 'DISK', serial: 'D1', rotational: false },
    ...{ wwn: '0x5000a', transport: 'sas', path: 'pci-0000:03:00.0-sas-phy0-lun-0' },
  };
  const file = join(folder, 'registration.json');
  await writeFile(file, JSON.stringify(await registration(MAC, { disks: [disk] })));
  const bearer = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json'];
  const agents = `https://${link.serverAddress}:8443/agent/v1/register`;
  expect(await curl(agents, '--insecure', ...bearer, '--data', `@${file}`)).toMatchObject({ status: '200' });
  const plan = async () => JSON.parse(await hosts('plan', 'node1', '--json')) as PlanView;
  await expect.poll(async () => (await plan()).plan?.disks.map(({ name }) => name), PATIENT).toEqual(['sda']);
  const { plan: made, picture } = await plan();
  expect(made!.steps.at(-1)).toMatchObject({ do: 'end', how: 'reboot' });
  expect(picture).toContain('sda');
  expect(JSON.stringify(made)).not.toContain(token);
});
