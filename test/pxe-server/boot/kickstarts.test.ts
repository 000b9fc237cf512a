import { expect, it } from 'vitest';
import { grantedKickstart } from '../../../pxe-server/boot/kickstarts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import type { Replica } from '../../../pxe-server/roles/messages.ts';
import { host, image, replica } from '../replica-fixture.ts';

const BASE = 'http://192.0.2.1:8000';
const TEXT =
  '{{ host.id }} {{ host.name }} {{ image.id }} {{ image.rootfs }} {{ image.sha256 }} ' +
  '{{ sshKeys[0] }} {{ kernelArguments }} {{ server }}';
const installing = host({ kickstart: 'all.ks.njk', kernelArguments: ['quiet'] });

function sources(known: Replica | undefined) {
  const mint = new Mint(() => {}, 20);
  const templates = new Templates(new Map([['all.ks.njk', TEXT]]));
  const token = mint.mint('kickstart', 'h1', null);
  return {
    token,
    ask: (asked = token) =>
      grantedKickstart({ mint, replica: () => known, templates, sshKeys: ['ssh-ed25519 AAAA'] }, asked, BASE),
  };
}

it('renders the template of the host with the whole context', () => {
  expect(sources(replica({ hosts: [installing] })).ask()).toEqual({
    hostId: 'h1',
    text:
      `h1 node1 0123456789abcdef ${BASE}/images/0123456789abcdef/rootfs.squashfs ${'a'.repeat(64)} ` +
      `ssh-ed25519 AAAA rd.live.image console=ttyS0,115200 quiet ${BASE}`,
  });
});
it('gives nothing for a wrong token, an unknown host, a host without kickstart, or before there is a replica', () => {
  expect(sources(replica({ hosts: [installing] })).ask('0'.repeat(32))).toBeUndefined();
  expect(sources(replica({ hosts: [{ ...installing, id: 'h2' }] })).ask()).toBeUndefined();
  expect(sources(replica({ hosts: [host()] })).ask()).toBeUndefined();
  expect(sources(undefined).ask()).toBeUndefined();
});
it('gives it once', () => {
  const { ask } = sources(replica({ hosts: [installing] }));
  expect(ask()).toMatchObject({ hostId: 'h1' });
  expect(ask()).toBeUndefined();
});
it('gives none to a host that was disarmed behind its boot script', () => {
  const known = replica({ hosts: [{ ...installing, arm: 'off' }] });
  const { ask } = sources(known);
  expect(ask()).toBeUndefined();
  known.hosts = [{ ...installing, arm: 'once' }];
  expect(ask()).toMatchObject({ hostId: 'h1' });
});
it('that cannot be made costs no token', () => {
  const known = replica({ hosts: [installing], images: [] });
  const { ask } = sources(known);
  expect(() => ask()).toThrow(expect.objectContaining({ code: 'image-unknown' }));
  known.images = [image()];
  expect(ask()).toMatchObject({ hostId: 'h1' });
});
it('names what is missing: the image, its root, the template', () => {
  const code = (expected: string) => expect.objectContaining({ code: expected });
  const known = (change: Partial<Replica>, kickstart = 'all.ks.njk') =>
    replica({ hosts: [{ ...installing, kickstart }], ...change });
  expect(() => sources(known({ images: [] })).ask()).toThrow(code('image-unknown'));
  const withoutRoot = image({ artifacts: image().artifacts.filter((a) => a.role !== 'rootfs') });
  expect(() => sources(known({ images: [withoutRoot] })).ask()).toThrow(code('image-incomplete'));
  expect(() => sources(known({}, 'other.ks.njk')).ask()).toThrow(code('template-absent'));
});
