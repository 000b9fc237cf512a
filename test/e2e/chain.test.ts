import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalog } from '../../builder/catalog/catalog.ts';
import type { Manifest } from '../../builder/contract/manifest.ts';
import { readSigner } from '../../builder/evidence/keys.ts';
import { run } from '../../builder/shared/process/run.ts';
import { Serial } from '../../builder/trial/rack/serial.ts';
import type { NodeSpec } from '../../builder/trial/rack/spec.ts';
import { folderSource } from '../../builder/verify/source.ts';
import { verifyImage } from '../../builder/verify/verify.ts';
import { DEMO_NODES } from '../lab/demo.ts';
import { labFolder } from '../lab/folder.ts';
import { labImage } from '../lab/image.ts';
import { type HostRow, type Lab, labUp, waitForState } from '../lab/lab.ts';
import { openStation } from '../lab/rack/station.ts';

/** Power-on to up under emulation, with two machines at once. */
const UP_MS = 14 * 60_000;
const NOISE = 10_000;
const FULL = process.env.RACKHAND_FULL === '1';
const SECURE: NodeSpec = {
  ...{ name: 'secure-1', firmware: 'uefi-secure', memory: 2560, disk: '8G', serialNumber: 'LAB-0004' },
};
const BEAT = 12;

const log = (line: string) => process.stdout.write(`  ${line}\n`);
const folder = labFolder(undefined, 'e2e');
let lab: Lab;

interface EventRow {
  kind: string;
  severity: string;
  message: string;
}
const events = async (query: string) =>
  ((await lab.service.api.get(`/events?limit=1000${query}`)) as { events: EventRow[] }).events;

let image: Manifest;
beforeAll(async () => {
  image = await labImage(folder, log);
  const iso = openCatalog(folder.catalog).artifact(image, 'iso');
  lab = await labUp({
    ...{ folder, progress: log, heartbeatSeconds: BEAT },
    nodes: [
      ...DEMO_NODES,
      { name: 'iso-1', firmware: 'uefi', memory: 2560, serialNumber: 'LAB-0003', iso },
      ...(FULL ? [SECURE] : []),
    ],
    hosts: (rack) => {
      const declared = ({ name }: NodeSpec) => ({ name, macs: [rack.node(name).macs[0]], arm: 'always' });
      return [
        ...DEMO_NODES.map(declared),
        { name: 'iso-1' },
        ...(FULL ? [{ ...declared(SECURE), secureBoot: true }] : []),
      ];
    },
  });
});
afterAll(() => lab?.down());

it('their image is signed, and is what its build recorded', async () => {
  const { root, catalog } = folder;
  const found = await verifyImage(folderSource(join(catalog, image.id)), {
    ...{ trusted: [await readSigner(join(root, 'signing.key'))], unsigned: false, id: image.id },
  });
  expect(found.faults).toEqual([]);
  expect(found.paths).toBeGreaterThan(1000);
});

describe('two bare machines', () => {
  it(`boot over the network while ${NOISE} random DHCP and TFTP packets arrive, and are proved by a KVM guest`, async () => {
    const noise = makeNoise();
    await Promise.all(DEMO_NODES.map(({ name }) => bootUntilUp(name)));
    expect(await noise).toContain(`${NOISE} packets of each kind sent`);
    const malformed = (await events('')).filter((event) => event.kind === 'malformed');
    expect(malformed.some((event) => event.message.includes('DHCP'))).toBe(true);
    expect(malformed.some((event) => event.message.includes('TFTP'))).toBe(true);
  });
  it.each(DEMO_NODES.map(({ name, firmware }) => ({ name, firmware })))(
    '$name tells its story',
    async ({ name, firmware }) => {
      const host = await hostOf(name);
      expect(host.inventory).toMatchObject({ firmware, nics: [{ mac: host.macs[0], driver: 'virtio_net' }] });
      const told = await events(`&host=${name}`);
      const first = (text: string) => told.findIndex((event) => event.message.includes(text));
      const steps = [
        'offered',
        'boots image',
        'certificate issued',
        'registered from',
        'connect: ok',
        'capabilities: ok',
        'nodeinfo: ok',
        'define-start: ok',
        'the guest printed the nonce',
        'destroy: ok',
        'probing → up',
      ];
      expect(steps.filter((step) => first(step) < 0)).toEqual([]);
      expect(steps.map(first)).toEqual(steps.map(first).sort((a, b) => a - b));
    },
  );
  it.runIf(FULL)('come up again after a reset, without help', async () => {
    const { name } = DEMO_NODES[0]!;
    const registrations = async () =>
      (await events(`&host=${name}`)).filter(({ message }) => message.includes('registered from')).length;
    const before = await registrations();
    await lab.rack.node(name).reset();
    await waitForState(lab, name, ['booting'], UP_MS, log);
    await waitForState(lab, name, ['up'], UP_MS, log);
    expect(await registrations()).toBe(before + 1);
  });
  it('are lost when they fall silent', async () => {
    await Promise.all(DEMO_NODES.map(({ name }) => lab.rack.node(name).powerOff()));
    for (const { name } of DEMO_NODES) {
      const host = await waitForState(lab, name, ['lost'], BEAT * 6000);
      expect(host.reason).toContain('no heartbeat');
    }
  });
});

describe.runIf(FULL)('a machine with Secure Boot', () => {
  it('boots over the network by shim and GRUB, and is proved', async () => {
    await bootUntilUp(SECURE.name);
    expect((await hostOf(SECURE.name)).inventory).toMatchObject({ firmware: 'uefi', secureBoot: true });
    await lab.rack.node(SECURE.name).powerOff();
  });
});

describe('a machine booted from the ISO by hand', () => {
  it('asks for server, fingerprint and pairing code, and comes up', async () => {
    const node = lab.rack.node('iso-1');
    const on = Date.now();
    await node.powerOn();
    const serial = await Serial.join(node);
    await serial.until('Server address', 6 * 60_000);
    log(`iso-1: asks ${Math.round((Date.now() - on) / 1000)} s after power-on`);
    serial.type(`${lab.rack.address}:1`);
    await serial.until('CA fingerprint', 20_000);
    const { caFingerprint } = await pairingCode();
    serial.type(caFingerprint);
    await serial.until('no answer from', 60_000);

    await serial.until('Server address', 20_000);
    serial.type(lab.rack.address);
    await serial.until('CA fingerprint', 20_000);
    serial.type('0'.repeat(32));
    await serial.until('another fingerprint', 60_000);

    await serial.until('Server address', 20_000);
    serial.type(lab.rack.address);
    await serial.until('CA fingerprint', 20_000);
    serial.type(caFingerprint.slice(0, 32).replace(/(.{4})/g, '$1 '));
    await serial.until('Pairing code', 60_000);
    serial.type('0000 0000');
    await serial.until('wrong or late pairing code', 60_000);

    await serial.until('Pairing code', 20_000);
    serial.type((await pairingCode()).code);
    const host = await waitForState(lab, 'iso-1', ['up'], UP_MS, log);
    log(`iso-1: up ${Math.round((Date.now() - on) / 1000)} s after power-on`);
    expect(host.inventory?.firmware).toBe('uefi');
    serial.leave();
  });
});

async function bootUntilUp(name: string): Promise<void> {
  const on = Date.now();
  await lab.rack.node(name).powerOn();
  await waitForState(lab, name, ['up'], UP_MS, log);
  log(`${name}: up ${Math.round((Date.now() - on) / 1000)} s after power-on`);
}

async function makeNoise(): Promise<string> {
  const station = await openStation(lab.rack, 'noise', lab.rack.address.replace(/\.\d+$/, '.250'));
  try {
    const argv = [
      process.execPath,
      join(import.meta.dirname, 'flood.ts'),
      lab.rack.address,
      String(NOISE),
      '7',
    ];
    return (await run(station.inNamespace(argv), { timeout: 300_000 })).stdout;
  } finally {
    await station.close();
  }
}

async function hostOf(name: string): Promise<HostRow> {
  const { hosts } = (await lab.service.api.get('/hosts')) as { hosts: HostRow[] };
  return hosts.find((host) => host.name === name)!;
}

async function pairingCode(): Promise<{ code: string; caFingerprint: string }> {
  return (await lab.service.api.post('/pairing', { host: 'iso-1' })) as {
    code: string;
    caFingerprint: string;
  };
}
