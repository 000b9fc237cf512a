import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import {
  grantedKickstart,
  type KickstartAsk,
  type KickstartSources,
} from '../../../pxe-server/boot/kickstarts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { InstallSettings } from '../../../pxe-server/hosts/install/settings.ts';
import { KICKSTART_SHAPE, renderHere } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import type { Replica, ToldReplica } from '../../../pxe-server/roles/messages.ts';
import { host, image, replica } from '../replica-fixture.ts';

const BASE = 'http://192.0.2.1:8000';
const AGENTS = 'https://192.0.2.1:8443';
const MAC = '52:54:00:00:00:01';
const CA = `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`;
/** Who asks, with what he shows. */
const OWN = { address: '192.0.2.9', shown: { macs: [MAC] } };
const asked = (token: string, change: Partial<KickstartAsk> = {}): KickstartAsk => ({
  ...{ token, ...OWN, base: BASE, agents: AGENTS },
  ...change,
});
const TEXT =
  '# {{ host.id }} {{ host.name }} {{ image.id }} {{ image.rootfs }} {{ image.sha256 }} ' +
  '{{ sshKeys[0] | line }} {{ kernelArguments | line }} {{ server }}';
const installing = host({ kickstart: 'all.ks.njk', kernelArguments: ['quiet'] });

function sources(known: Replica | undefined) {
  const mint = new Mint(() => {}, 20);
  const templates = new Templates(new Map([['all.ks.njk', TEXT]]), KICKSTART_SHAPE);
  const render = renderHere(templates);
  const sshKeys = ['ssh-ed25519 AAAA'];
  const token = mint.mint('kickstart', 'h1', null);
  const rest: KickstartSources = { mint, replica: () => known, templates, render, sshKeys, serviceCa: CA };
  return {
    ...{ token, mint },
    ask: (of = token, change: Partial<KickstartAsk> = {}) => grantedKickstart(rest, asked(of, change)),
  };
}
const refused = (code: string) => expect.objectContaining({ kind: 'refused', code });

it('renders the template of the host with the whole context', async () => {
  await expect(sources(replica({ hosts: [installing] })).ask()).resolves.toMatchObject({
    ...{ kind: 'given', hostId: 'h1', mac: null, times: 1, said: 'MAC as known' },
    ...{ template: 'all.ks.njk', versions: {} },
    text:
      `# h1 node1 0123456789abcdef ${BASE}/images/0123456789abcdef/rootfs.squashfs ${'a'.repeat(64)} ` +
      `ssh-ed25519 AAAA rd.live.image console=ttyS0,115200 quiet ${BASE}`,
  });
});
it('gives nothing for a wrong token, an unknown host, a host without kickstart, or before there is a replica', async () => {
  const unknown = refused('unknown-token');
  await expect(sources(replica({ hosts: [installing] })).ask('0'.repeat(32))).resolves.toEqual(unknown);
  const none = refused('not-armed');
  await expect(sources(replica({ hosts: [{ ...installing, id: 'h2' }] })).ask()).resolves.toEqual(none);
  await expect(sources(replica({ hosts: [host()] })).ask()).resolves.toEqual(none);
  await expect(sources(undefined).ask()).resolves.toEqual(none);
});
it('gives it to one machine, which may ask again until its installer begins', async () => {
  const known = replica({ hosts: [installing] });
  const { ask, token, mint } = sources(known);
  const first = await ask();
  // Control took the arming of its first time.
  known.hosts.set({ ...installing, arm: 'off' });
  await expect(ask()).resolves.toEqual({ ...first, times: 2 });
  await expect(ask(token, { address: '192.0.2.66' })).resolves.toEqual(refused('second-use'));
  await expect(ask(token, { shown: { macs: ['52:54:00:00:00:99'] } })).resolves.toEqual(
    refused('second-use'),
  );
  mint.began('h1');
  await expect(ask()).resolves.toEqual(refused('late-use'));
});
it('gives none to a machine that is not its host, and the host gets it after that', async () => {
  const { ask, token } = sources(replica({ hosts: [{ ...installing, serial: 'CZ1' }] }));
  for (const shown of [{ macs: ['52:54:00:00:00:99'] }, { macs: [MAC], serial: 'cz2' }])
    await expect(ask(token, { shown })).resolves.toMatchObject({ code: 'wrong-host', hostId: 'h1' });
  await expect(ask()).resolves.toMatchObject({ kind: 'given', times: 1 });
});
it('knows a host by its inventory and by the card that its script was asked for with too', async () => {
  const other = '52:54:00:00:00:77';
  const byInventory = { ...installing, macs: [], inventoryMacs: [other] };
  const { ask, mint } = sources(replica({ hosts: [byInventory] }));
  await expect(ask(undefined, { shown: { macs: [MAC] } })).resolves.toEqual(refused('wrong-host'));
  await expect(ask(mint.mint('kickstart', 'h1', MAC), { shown: { macs: [MAC] } })).resolves.toMatchObject({
    kind: 'given',
  });
});
it('says so when nothing could be compared', async () => {
  const { ask } = sources(replica({ hosts: [installing] }));
  await expect(ask(undefined, { shown: { macs: [] } })).resolves.toMatchObject({
    said: expect.stringContaining('nothing was compared'),
  });
});
it('gives none to a host that was disarmed behind its boot script', async () => {
  const known = replica({ hosts: [{ ...installing, arm: 'off' }] });
  const { ask } = sources(known);
  await expect(ask()).resolves.toEqual(refused('not-armed'));
  known.hosts.set({ ...installing, arm: 'once' });
  await expect(ask()).resolves.toMatchObject({ hostId: 'h1' });
});
it('says where its scripts report to, and where its host registers, with tokens that are told', async () => {
  const text =
    '{% if callback %}{{ callback.url }} {{ callback.token }} {{ callback.ca | script }}{% endif %}' +
    '\n{% if manager %}\n\n{{ manager.url }} {{ manager.ca }}{% if manager.token %} {{ manager.token }}{% endif %}{% endif %}';
  const templates = new Templates(new Map([['all.ks.njk', `%pre\n${text}\n\n%end\n`]]), KICKSTART_SHAPE);
  const made = async (manager: InstallSettings['manager']) => {
    const told: string[] = [];
    const mint = new Mint(({ purpose, hash }) => told.push(`${purpose} ${hash}`), 20);
    const install = InstallSettings.parse({ manager });
    const known = replica({ hosts: [{ ...installing, install }] });
    const rest = {
      mint,
      replica: () => known,
      templates,
      render: renderHere(templates),
      sshKeys: [],
      serviceCa: CA,
    };
    const answer = await grantedKickstart(rest, asked(mint.mint('kickstart', 'h1', MAC)));
    if (answer.kind !== 'given') throw new Error(answer.kind);
    return { lines: answer.text.trim().split('\n').slice(1, -1), told };
  };
  const { lines, told } = await made('self');
  const [, report] = /^https:\/\/192\.0\.2\.1:8443\/agent\/v1\/install ([0-9a-f]{32}) -----BEGIN/.exec(
    lines[0]!,
  )!;
  const [, register] = /^https:\/\/192\.0\.2\.1:8443 c{64} ([0-9a-f]{32})$/.exec(lines.at(-1)!)!;
  expect(told.slice(1)).toEqual([`install ${sha256(report!)}`, `installed ${sha256(register!)}`]);
  const here = await made({ url: 'https://192.0.2.7:8443', ca: 'c'.repeat(64) });
  expect(here.lines.at(-1)).toMatch(/^https:\/\/192\.0\.2\.7:8443 c{64} [0-9a-f]{32}$/);
  // Another service would not know our token.
  const elsewhere = await made({ url: 'https://192.0.2.7:8443', ca: 'd'.repeat(64) });
  expect(elsewhere.lines.at(-1)).toMatch(/^https:\/\/192\.0\.2\.7:8443 d{64}$/);
  expect(elsewhere.told).toHaveLength(2);
});
it('that cannot be made costs no token', async () => {
  const known = replica({ hosts: [installing], images: [] });
  const { ask } = sources(known);
  await expect(ask()).rejects.toEqual(expect.objectContaining({ code: 'image-unknown' }));
  known.images = [image()];
  await expect(ask()).resolves.toMatchObject({ hostId: 'h1' });
});
it('names what is missing: the image, its root, the template', async () => {
  const code = (expected: string) => expect.objectContaining({ code: expected });
  const known = (change: Partial<ToldReplica>, kickstart = 'all.ks.njk') =>
    replica({ hosts: [{ ...installing, kickstart }], ...change });
  await expect(sources(known({ images: [] })).ask()).rejects.toEqual(code('image-unknown'));
  const withoutRoot = image({ artifacts: image().artifacts.filter((a) => a.role !== 'rootfs') });
  await expect(sources(known({ images: [withoutRoot] })).ask()).rejects.toEqual(code('image-incomplete'));
  await expect(sources(known({}, 'other.ks.njk')).ask()).rejects.toEqual(code('template-absent'));
});
it('is made for one at a time: who asks meanwhile is told to come again', async () => {
  const { ask } = sources(replica({ hosts: [installing] }));
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.map(({ kind }) => kind)).toEqual(['given', 'busy', 'busy']);
});
it('that its installer would not take is not served', async () => {
  const mint = new Mint(() => {}, 20);
  const texts = new Map([['all.ks.njk', 'text\nnetwork --bootprotto=dhcp\n']]);
  const templates = new Templates(texts, KICKSTART_SHAPE);
  const known = replica({ hosts: [installing] });
  const render = renderHere(templates);
  const rest = { mint, replica: () => known, templates, render, sshKeys: [], serviceCa: CA };
  const token = mint.mint('kickstart', 'h1', null);
  await expect(grantedKickstart(rest, asked(token))).rejects.toMatchObject({
    code: 'kickstart-invalid',
    message: expect.stringContaining('template all.ks.njk, host node1: not served'),
  });
  await expect(grantedKickstart(rest, asked(token))).rejects.toMatchObject({
    message: expect.stringContaining('line 2'),
  });
});
it('whose disks the inventory does not show is not served', async () => {
  const install = InstallSettings.parse({ storage: { disks: [{ role: 'system', minGiB: 500 }] } });
  const disks = [{ name: 'sda', size: 2 ** 30, model: 'm', serial: 's', rotational: false }];
  const hardware = { firmware: 'uefi' as const, disks };
  const texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
  const templates = new Templates(texts, KICKSTART_SHAPE);
  const ask = (kickstart: string) => {
    const mint = new Mint(() => {}, 20);
    const known = replica({ hosts: [{ ...installing, kickstart, install, hardware }] });
    const render = renderHere(templates);
    const rest = { mint, replica: () => known, templates, render, sshKeys: [], serviceCa: CA };
    return grantedKickstart(rest, asked(mint.mint('kickstart', 'h1', null)));
  };
  await expect(ask('install')).rejects.toMatchObject({ code: 'disks-unfit' });
  await expect(ask('discovery')).resolves.toMatchObject({ hostId: 'h1' });
});
