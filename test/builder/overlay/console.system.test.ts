import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Link, makeLink } from '../../pxe-server/net/namespaces.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { type Machine, makeMachine } from './machine.ts';
import { startAgent, until } from './running.ts';
import { SHELLS } from './shell.ts';
import { Terminal } from './terminal.ts';

const SERVER = 'Server address (ADDRESS:PORT): ';
const FINGERPRINT = 'CA fingerprint (at least its first 32 digits; blanks do not count): ';
const CODE = 'Pairing code (good for a minute; "back" to start again): ';

let link: Link;
let endpoint: Endpoint;
let machine: Machine;
let terminal: Terminal;

beforeAll(async () => {
  link = await makeLink('198.51.100.2/24');
  endpoint = await openEndpoint(link);
});
afterAll(async () => {
  await endpoint?.close();
  await link?.remove();
});
afterEach(async () => {
  await terminal?.close();
  await machine?.remove();
  expect(endpoint.faults).toEqual([]);
});

const device = { bus: 'virtio', vendor: '1af4', product: '1000' } as const;
const handBooted = () =>
  makeMachine({
    consoles: 'tty0 ttyS0\n',
    nics: [
      { name: 'eth0', mac: '52:54:00:00:00:01', carrier: true, device },
      { name: 'eth1', mac: '52:54:00:00:00:02', carrier: null, device },
    ],
  });
/** In groups and capitals, as pages show fingerprints. */
const shownFingerprint = () =>
  endpoint.keys.holder
    .serviceCaFingerprint()
    .slice(0, 32)
    .toUpperCase()
    .replace(/(.{4})/g, '$1 ');

async function asked(path: string): Promise<string | undefined> {
  return machine.read(path).catch(() => undefined);
}

describe('a machine booted by hand', () => {
  it('asks until the answers are right, and then is the host that the code was for', async () => {
    const { id } = await endpoint.registry.declare({ name: 'node1', macs: ['52:54:00:00:00:01'] });
    machine = await handBooted();
    terminal = new Terminal(link, machine);
    await terminal.shows('Rackhand hypervisor');
    await terminal.shows('Network: 198.51.100.2');

    await terminal.answer(SERVER, 'my server');
    await terminal.shows('an address looks like 192.0.2.1:8443');
    await terminal.answer(SERVER, '198.51.100.1:1');
    await terminal.answer(FINGERPRINT, shownFingerprint());
    await terminal.shows('no answer from https://198.51.100.1:1: (7) Failed to connect');
    await terminal.answer(SERVER, '198.51.100.1');
    await terminal.answer(FINGERPRINT, '0123 4567');
    await terminal.shows('a fingerprint has 32 to 64 of the digits 0-9 and a-f');
    await terminal.answer(SERVER, '198.51.100.1');
    await terminal.answer(FINGERPRINT, '0'.repeat(32));
    await terminal.shows('https://198.51.100.1:8443 has another fingerprint than the one typed.');
    await terminal.answer(SERVER, '198.51.100.1');
    await terminal.answer(FINGERPRINT, shownFingerprint());

    await terminal.answer(CODE, '1234');
    await terminal.shows('a pairing code has eight digits: type the eight digits that the web page shows');
    await terminal.answer(CODE, '0000 0000');
    await terminal.shows('wrong or late pairing code: take a new code from the web page');
    await terminal.answer(CODE, 'back');
    await terminal.answer(SERVER, endpoint.server);
    await terminal.answer(FINGERPRINT, endpoint.keys.holder.serviceCaFingerprint());
    expect(await asked('run/rackhand/settings')).toBeUndefined();
    const { code } = endpoint.pairing.open(id);
    await terminal.answer(CODE, `${code.slice(0, 4)} ${code.slice(4)}`);
    await terminal.shows('Registering; this takes a moment.');

    const fingerprint = endpoint.keys.holder.serviceCaFingerprint();
    const settings = await machine.read('run/rackhand/settings');
    expect(settings.replace(/^token=[0-9a-f]{32}$/m, 'token=TOKEN')).toBe(
      `url=https://198.51.100.1:8443\nca=${fingerprint}\ntoken=TOKEN\n`,
    );
    expect((await stat(join(machine.root, 'run/rackhand/settings'))).mode & 0o777).toBe(0o600);
    expect(await machine.commands()).toEqual([
      'systemctl --no-block try-restart rackhand-console@tty1.service',
      'systemctl --no-block restart rackhand-agent.service',
    ]);

    const agent = startAgent(link, machine);
    try {
      await until('a heartbeat', () => endpoint.beats.find((beat) => beat.host === 'node1'));
    } finally {
      await agent.stop();
    }
    await rm(join(machine.root, 'run/rackhand/settings'));
    await terminal.shows('The server refused: type the settings again, with a new pairing code.');
    await terminal.shows(SERVER);
  });
  it.each(SHELLS)('without an address takes static settings (%s)', async (_name, shell) => {
    await link.client.run(['ip', 'address', 'delete', '198.51.100.2/24', 'dev', link.clientDevice]);
    try {
      machine = await handBooted();
      terminal = new Terminal(link, machine, shell);
      await terminal.shows('Waiting for an address by DHCP: eth0 (link, no address) eth1 (no link)');
      await terminal.shows('Press any key for static settings.');
      terminal.press('x');
      await terminal.answer('go on waiting for DHCP) ', 'y');
      await terminal.shows('eth0  52:54:00:00:00:01  link');
      await terminal.shows('eth1  52:54:00:00:00:02  no link');
      await terminal.answer('Port (one of: eth0 eth1): ', 'eth2');
      await terminal.shows('there is no port eth2');
      await terminal.answer('Port (one of: eth0 eth1): ', 'eth0');
      await terminal.answer('Address with prefix length', '198.51.100.2');
      await terminal.shows('the prefix length is missing');
      await terminal.answer('Address with prefix length', '198.51.100.2/24');
      await terminal.answer('Gateway', '198.51.100.1');
      await terminal.answer('DNS server', '');
      await terminal.shows('eth0 has 198.51.100.2/24 now.');
    } finally {
      await link.client.run(['ip', 'address', 'add', '198.51.100.2/24', 'dev', link.clientDevice]);
    }
    await terminal.shows('Network: 198.51.100.2');
    await terminal.shows(SERVER);
    expect(await machine.commands()).toEqual([
      'nmcli connection delete rackhand-static',
      'nmcli --wait 20 connection add type ethernet con-name rackhand-static ifname eth0 ipv4.method manual ipv4.addresses 198.51.100.2/24 ipv6.method disabled ipv4.gateway 198.51.100.1',
      'nmcli --wait 20 connection up rackhand-static',
    ]);
  });
  it('is told to wait after too many codes', async () => {
    machine = await handBooted();
    terminal = new Terminal(link, machine);
    await terminal.answer(SERVER, endpoint.server);
    await terminal.answer(FINGERPRINT, shownFingerprint());
    await link.client.run([
      ...['curl', '-q', '--insecure', '--noproxy', '*', '--header', 'Content-Type: application/json'],
      ...['--data', '{"code":"99999999"}', `https://${endpoint.server}/agent/v1/pair?try=[1-10]`],
    ]);
    await terminal.answer(CODE, '99999999');
    await terminal.shows('too many requests: wait a minute');
  });
});
