import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostPlan } from '../../../pxe-server/boot/plans.ts';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { InstallSettings, type InstallSettingsInput } from '../../../pxe-server/hosts/install/settings.ts';
import { PlanView } from '../../../pxe-server/kickstart/plan/view.ts';
import { KICKSTART_SHAPE, renderHere } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { inventoryWith } from '../kickstart/inventory.ts';
import { HASH, KEY } from '../render/hosts.ts';
import { host, image, installer, replica } from '../replica-fixture.ts';

const REACHED = { base: 'http://192.0.2.1:8000', agents: 'https://192.0.2.1:8443' };
const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
let texts: Map<string, string>;
beforeAll(async () => {
  texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
});

function plan(
  install: InstallSettingsInput | undefined,
  machine = inventoryWith(),
  kickstart: string | null = 'install',
  own = {},
) {
  const templates = new Templates(new Map([...texts, ...Object.entries<string>(own)]), KICKSTART_SHAPE);
  const installing = host({
    ...(kickstart === null ? {} : { kickstart }),
    install: install && InstallSettings.parse(install),
    arm: 'off',
  });
  const known = replica({
    hosts: [installing],
    images: [image()],
    installers: [installer({ release: 'el9' })],
  });
  const sources = {
    replica: () => known,
    templates,
    render: renderHere(templates),
    sshKeys: [KEY],
    serviceCa: CA,
  };
  return hostPlan(sources, { hostId: 'h1', inventory: machine }, REACHED);
}
const GIB = 2 ** 30;
const disk = (name: string, gib: number, wwn: string) => ({
  ...{ name, size: gib * GIB, serial: '', model: 'DISK', rotational: false, wwn },
  ...{ transport: 'sas', path: `pci-0000:00:1f.2-ata-${name}` },
});
const MACHINE = inventoryWith({ disks: [disk('sda', 100, '0x5000a'), disk('sdb', 100, '0x5000b')] });
const BY_WWN: InstallSettingsInput = { storage: { disks: [{ role: 'system', wwn: '0x5000B' }] } };

it('is for the disk that the rules mean, whichever the kernel calls it', async () => {
  const view = await plan(BY_WWN, MACHINE);
  expect(PlanView.parse(view)).toEqual(view);
  expect(view).toMatchObject({ host: 'node1', kickstart: 'install.ks.njk', release: 'el9', refused: [] });
  expect(view.plan!.disks.map(({ name }) => name)).toEqual(['sdb']);
  expect(view.picture).toContain('sda  100 GiB  DISK, not touched\n  sdb  100 GiB  DISK, ALL DATA LOST');
  expect(view.picture).toContain('└─ sdb3');
  expect(view.plan!.steps.at(-1)).toMatchObject({ do: 'end', how: 'reboot' });
});
it('keeps what the growing root volume has within its pool', async () => {
  const { steps } = (await plan(BY_WWN, MACHINE)).plan!;
  const thin = steps.flatMap((step) => (step.do === 'thin-volume' ? [step.size] : []));
  const pool = steps.find((step) => step.do === 'thin-pool')!;
  expect(thin.reduce((sum, size) => sum + size, 0)).toBe(pool.size);
});
it('is refused with the arithmetic where disks do not fit', async () => {
  const small = inventoryWith({ disks: [disk('sdb', 20, '0x5000b')] });
  const { plan: none, refused, picture } = await plan(BY_WWN, small);
  expect([none, picture]).toEqual([null, '']);
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ code: 'space-short', place: { file: '/tmp/rackhand/storage.ks' } });
  expect(refused[0]!.message).toMatch(
    /sdb \(20 GiB\) has 20478 MiB .* 600 \+ 1024 \+ \d+ = \d+ MiB are \d+ too many/,
  );
  expect(refused[0]!.told).toContain('| part pv.01 --ondisk=sdb');
});
it('mirrors what the firmware reads with metadata at the end', async () => {
  const view = await plan({ storage: { disks: [{ role: 'system', count: 2 }], raid: 'raid1' } }, MACHINE);
  const raids = view.plan!.steps.flatMap((step) =>
    step.do === 'raid' ? [[step.device, step.metadata]] : [],
  );
  expect(raids).toEqual([
    ['md/efi', '1.0'],
    ['md/boot', '1.2'],
    ['md/pv', '1.2'],
  ]);
  expect(view.plan!.steps.filter((step) => step.do === 'partition' && step.type === 'efi')).toHaveLength(2);
});
it('shows nothing that lets anybody in', async () => {
  const own = `{% include "install.ks.njk" %}
%post
curl http://me:hunter2@192.0.2.1/callback/0123456789abcdef0123456789abcdef
echo 'a:${HASH}' | chpasswd -e
%end
`;
  const install = { ...BY_WWN, root: { passwordHash: HASH }, proxy: 'http://me:hunter2@proxy:3128' };
  const view = await plan(install, MACHINE, 'own', { 'own.ks.njk': own });
  expect(view.plan!.steps).toContainEqual(
    expect.objectContaining({ do: 'user', name: 'root', passwordHash: '***' }),
  );
  expect(JSON.stringify(view)).not.toMatch(/hunter2|\$6\$|0123456789abcdef0123456789abcdef/);
});
it('names the scripts of the host, and shows none', async () => {
  const text = 'export LICENCE=abcd-1234\nsystemctl enable a';
  const view = await plan({ ...BY_WWN, scripts: [{ when: 'post', text }] }, MACHINE);
  expect(JSON.stringify(view)).not.toContain('abcd-1234');
  const shown = view.plan!.steps.flatMap((step) => (step.do === 'script' ? [step.text] : []));
  expect(shown.join('\n')).toMatch(/^# \[script:[0-9a-f]{8}\], lines: 2$/m);
});

describe('there is none', () => {
  it.each<[string, string, Promise<unknown> | (() => Promise<unknown>)]>([
    ['without a kickstart', 'state-wrong', () => plan({}, MACHINE, null)],
    ['of no template', 'plan-impossible', () => plan({}, MACHINE, 'other')],
    [
      'where the rules fit no disk',
      'plan-impossible',
      () => plan({ storage: { disks: [{ role: 'system', minGiB: 999 }] } }, MACHINE),
    ],
    ['where the inventory does not say which disk', 'plan-impossible', () => plan(BY_WWN)],
  ])('%s', async (_what, code, ask) => {
    await expect((ask as () => Promise<unknown>)()).rejects.toMatchObject({ code });
  });
  it.each(['kvm', 'discovery', 'rescue', 'wipe'])('of %s, and each line says why', async (kickstart) => {
    const source = { url: 'http://mirror.example.com/x' };
    const view = await plan({ ...BY_WWN, source, wipe: { disks: 'all' } }, MACHINE, kickstart);
    expect(view.plan).toBeNull();
    expect(view.refused.map(({ message }) => message).join()).toMatch(/an image|a plan installs/);
  });
});
