import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Daemon } from '../../builder/shared/process/daemon.ts';
import { startDaemon } from '../../builder/shared/process/daemon.ts';
import { run } from '../../builder/shared/process/run.ts';
import { lifeline } from '../../builder/trial/rack/network.ts';
import type { NodeSpec } from '../../builder/trial/rack/rack.ts';
import { labFolder } from '../lab/folder.ts';
import { type Lab, labUp } from '../lab/lab.ts';
import { openStation, type Station } from '../lab/rack/station.ts';
import { onPage, untilBoot, why } from '../lab/seen.ts';
import { openBrowser, type TestBrowser } from '../pxe-server/ui/browser.ts';

// Boots that fail for a reason of their own, on real firmware: what is said of them at a terminal and on the page.

/** From power-on to a diagnosis, emulated; those that come from silence wait for two minutes of it. */
const LIMIT = 6 * 60_000;
/** An NE2000 moves each byte by the processor, and its kernel has to be silent for a minute and a half. */
const FULL = process.env.RACKHAND_FULL === '1';
const NODES: NodeSpec[] = [
  { name: 'stolen-1', firmware: 'bios', memory: 512 },
  { name: 'unsigned-1', firmware: 'uefi-secure', memory: 1024 },
  { name: 'stripped-1', firmware: 'bios', memory: 2560, card: 'ne2k_pci' },
];
/** A boot server that somebody forgot; its network cable is in the same switch. */
const OTHER = '198.51.100.66';
/** The machine asks both, and which answers first is a matter of luck. */
const TRIES = 6;

const log = (line: string) => process.stdout.write(`  ${line}\n`);
const folder = labFolder(undefined, 'why');
let lab: Lab;
let other: { station: Station; server: Daemon };
let browser: TestBrowser;
beforeAll(async () => {
  lab = await labUp({
    ...{ folder, nodes: NODES, progress: log },
    hosts: (rack) => NODES.map(({ name }) => ({ name, macs: [rack.node(name).macs[0]], arm: 'always' })),
    neighbours: async (rack) => {
      const station = await openStation(rack, 'other', OTHER);
      other = { station, server: forgottenServer(station) };
    },
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await lab?.down();
});

it('a second DHCP server, whose offer the machine takes', { timeout: LIMIT }, async () => {
  const { station, server } = other;
  await expect.poll(() => kindsOfEvents(), { timeout: LIMIT, interval: 1000 }).toContain('foreign-server');
  try {
    const node = lab.rack.node('stolen-1');
    let boot: Awaited<ReturnType<typeof untilBoot>>;
    for (let tries = 1; ; tries++) {
      await node.powerOn();
      boot = await untilBoot(lab, 'stolen-1', 'a request', (seen) => taken(seen) !== undefined, LIMIT);
      if (taken(boot)!.includes(OTHER) || tries === TRIES) break;
      log(`stolen-1: took our offer, try ${tries}`);
      await node.powerOff();
    }
    boot = await untilBoot(
      lab,
      'stolen-1',
      'the diagnosis',
      ({ diagnoses }) => diagnoses[0]?.certainty === 'certain',
      60_000,
    );
    const [first] = boot.diagnoses;
    expect(first).toMatchObject({ kind: 'foreign-dhcp-server', effect: 'stops', certainty: 'certain' });
    // Its offer went to the machine alone, by way of the switch: that it took it, and what the server answered to
    // the service's own question, tell who it is.
    const { stdout } = await run(station.inNamespace(['ip', '-json', 'link', 'show', 'dev', 'eth0']));
    const who = `${OTHER}, ${JSON.parse(stdout)[0].address}`;
    expect(first!.what).toBe(`another DHCP server answered (${who}); the machine took its offer`);
    await told('stolen-1', 'why-dhcp', first!.what);
  } finally {
    await server.stop();
    await station.close();
    await lab.rack.node('stolen-1').powerOff();
  }
});

it('Secure Boot, and a host that is declared without it', { timeout: LIMIT }, async () => {
  await lab.rack.node('unsigned-1').powerOn();
  const boot = await untilBoot(
    lab,
    'unsigned-1',
    'a diagnosis',
    ({ diagnoses, steps }) =>
      diagnoses.length > 0 && steps.some(({ message }) => message.includes('has snponly.efi')),
    LIMIT,
  );
  const [first] = boot.diagnoses;
  expect(first).toMatchObject({ kind: 'secure-boot-refuses', effect: 'stops', certainty: 'likely' });
  expect(first!.mend).toContain('rackhand hosts set unsigned-1 --secure-boot yes');
  await told('unsigned-1', 'why-secureboot', first!.what);
  await lab.rack.node('unsigned-1').powerOff();
});

it.runIf(FULL)(
  'a network card whose driver was stripped from the image',
  { timeout: 2 * LIMIT },
  async () => {
    const node = lab.rack.node('stripped-1');
    await node.powerOn();
    const boot = await untilBoot(
      lab,
      'stripped-1',
      'the diagnosis of its silence',
      ({ diagnoses }) => diagnoses[0]?.kind === 'initramfs-without-address',
      2 * LIMIT,
    );
    const [first] = boot.diagnoses;
    expect(first).toMatchObject({ kind: 'initramfs-without-address', effect: 'stops' });
    expect(first!.what).toContain('lacks the driver of its network card (PCI 10ec:8029)');
    // The command that is to be typed, as it stands there.
    const [command] = /rackhand images fit \S+ --pci \S+/.exec(first!.mend) ?? [''];
    const argv = [...`${import.meta.dirname}/../../bin/${command}`.split(' '), '--catalog', folder.catalog];
    const fit = await run(argv, { okCodes: [0, 1], timeout: 60_000 });
    expect(fit.stdout).toMatch(
      /PCI 10EC:8029 \(network\): no driver \(ne2k.pci\); removed by rule .*server-hardware/,
    );
    await told('stripped-1', 'why-nic', first!.what);
    if (process.env.RACKHAND_SHOTS)
      await node.screenshot(`${process.env.RACKHAND_SHOTS}/stripped-screen.png`);
    await node.powerOff();
  },
);

async function kindsOfEvents(): Promise<string[]> {
  const { events } = (await lab.service.api.get('/events?limit=200')) as { events: { kind: string }[] };
  return events.map(({ kind }) => kind);
}

/** By the first request of this boot: "takes ADDRESS of server SERVER". */
function taken({ steps }: { steps: { message: string }[] }): string | undefined {
  return steps.find(({ message }) => / takes \S+ of server /.test(message))?.message;
}

async function told(host: string, picture: string, what: string): Promise<void> {
  const text = await why(lab, host);
  log(`${host}:\n${text}`);
  expect(text).toContain(what);
  const shown = await onPage(lab, browser.shared, host, picture);
  expect(shown[0]).toContain(what);
}

function forgottenServer(station: Station): Daemon {
  const argv = ['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root'];
  const own = ['--interface=eth0', '--bind-interfaces', '--no-ping', '--dhcp-authoritative'];
  const pool = '--dhcp-range=198.51.100.200,198.51.100.210,255.255.255.0,600';
  // As sites have it that boot iPXE (ipxe.org/howto/dhcpd): it need not wait for a ProxyDHCP server.
  const boot = ['--dhcp-boot=pxelinux.0', '--dhcp-option-force=encap:175,176,1b'];
  const leases = `--dhcp-leasefile=${folder.run}/other.leases`;
  return startDaemon([...lifeline(true), ...station.inNamespace([...argv, ...own, pool, ...boot, leases])], {
    stdio: 'ignore',
  });
}
