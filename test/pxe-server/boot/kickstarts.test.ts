import { join } from 'node:path';
import { expect, it } from 'vitest';
import { grantedKickstart } from '../../../pxe-server/boot/kickstarts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { InstallSettings } from '../../../pxe-server/hosts/install/settings.ts';
import { KICKSTART_SHAPE, renderHere } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import type { Replica } from '../../../pxe-server/roles/messages.ts';
import { host, image, replica } from '../replica-fixture.ts';

const BASE = 'http://192.0.2.1:8000';
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
  return {
    token,
    ask: (asked = token) =>
      grantedKickstart({ mint, replica: () => known, templates, render, sshKeys }, asked, BASE),
  };
}

it('renders the template of the host with the whole context', async () => {
  await expect(sources(replica({ hosts: [installing] })).ask()).resolves.toMatchObject({
    ...{ hostId: 'h1', template: 'all.ks.njk', versions: {} },
    text:
      `# h1 node1 0123456789abcdef ${BASE}/images/0123456789abcdef/rootfs.squashfs ${'a'.repeat(64)} ` +
      `ssh-ed25519 AAAA rd.live.image console=ttyS0,115200 quiet ${BASE}`,
  });
});
it('gives nothing for a wrong token, an unknown host, a host without kickstart, or before there is a replica', async () => {
  await expect(sources(replica({ hosts: [installing] })).ask('0'.repeat(32))).resolves.toBeUndefined();
  await expect(sources(replica({ hosts: [{ ...installing, id: 'h2' }] })).ask()).resolves.toBeUndefined();
  await expect(sources(replica({ hosts: [host()] })).ask()).resolves.toBeUndefined();
  await expect(sources(undefined).ask()).resolves.toBeUndefined();
});
it('gives it once', async () => {
  const { ask } = sources(replica({ hosts: [installing] }));
  await expect(ask()).resolves.toMatchObject({ hostId: 'h1' });
  await expect(ask()).resolves.toBeUndefined();
});
it('gives none to a host that was disarmed behind its boot script', async () => {
  const known = replica({ hosts: [{ ...installing, arm: 'off' }] });
  const { ask } = sources(known);
  await expect(ask()).resolves.toBeUndefined();
  known.hosts = [{ ...installing, arm: 'once' }];
  await expect(ask()).resolves.toMatchObject({ hostId: 'h1' });
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
  const known = (change: Partial<Replica>, kickstart = 'all.ks.njk') =>
    replica({ hosts: [{ ...installing, kickstart }], ...change });
  await expect(sources(known({ images: [] })).ask()).rejects.toEqual(code('image-unknown'));
  const withoutRoot = image({ artifacts: image().artifacts.filter((a) => a.role !== 'rootfs') });
  await expect(sources(known({ images: [withoutRoot] })).ask()).rejects.toEqual(code('image-incomplete'));
  await expect(sources(known({}, 'other.ks.njk')).ask()).rejects.toEqual(code('template-absent'));
});
it('is made once, however many ask for it meanwhile; a fault gives the token back', async () => {
  const { ask } = sources(replica({ hosts: [installing] }));
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
});
it('that its installer would not take is not served', async () => {
  const mint = new Mint(() => {}, 20);
  const texts = new Map([['all.ks.njk', 'text\nnetwork --bootprotto=dhcp\n']]);
  const templates = new Templates(texts, KICKSTART_SHAPE);
  const known = replica({ hosts: [installing] });
  const rest = { mint, replica: () => known, templates, render: renderHere(templates), sshKeys: [] };
  const token = mint.mint('kickstart', 'h1', null);
  await expect(grantedKickstart(rest, token, BASE)).rejects.toMatchObject({
    code: 'kickstart-invalid',
    message: expect.stringContaining('template all.ks.njk, host node1: not served'),
  });
  await expect(grantedKickstart(rest, token, BASE)).rejects.toMatchObject({
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
    const rest = { mint, replica: () => known, templates, render: renderHere(templates), sshKeys: [] };
    return grantedKickstart(rest, mint.mint('kickstart', 'h1', null), BASE);
  };
  await expect(ask('install')).rejects.toMatchObject({ code: 'disks-unfit' });
  await expect(ask('discovery')).resolves.toMatchObject({ hostId: 'h1' });
});
