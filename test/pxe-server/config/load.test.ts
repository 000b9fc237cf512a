import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { loadConfiguration } from '../../../pxe-server/config/load.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-config-'));
  path = join(folder, 'rackhand.yaml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const MINIMAL = `state: /var/lib/rackhand
images:
  catalog: /srv/images
provisioning:
  interfaces:
    - name: eno1
      address: 192.0.2.1
`;
const IPV6 = `      ipv6:
        address: fd00:52::1
        prefix: fd00:52::/64
        range: { from: fd00:52::100, to: fd00:52::1ff }
`;
const SUBNET = `      subnet:
        cidr: 192.0.2.0/24
        ranges: [{ from: 192.0.2.100, to: 192.0.2.199 }]
`;

async function load(text: string) {
  await writeFile(path, text);
  return loadConfiguration(path);
}

/** What is said, with the file's path left out: "LINE: FIELD: MESSAGE". */
async function refused(text: string): Promise<string[]> {
  const error = await load(text).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof RackhandError)) throw new Error(`not refused in our words: ${error}`);
  expect(error.code).toBe('config-invalid');
  return error.message.split('\n').map((line) => line.replace(`${path}:`, '').trim());
}

it('the smallest configuration, with its defaults: no DHCP, the API on loopback', async () => {
  expect(await load(MINIMAL)).toEqual({
    state: '/var/lib/rackhand',
    ...{ user: 'rackhand', keysUser: 'rackhand-keys' },
    images: { catalog: '/srv/images' },
    provisioning: {
      interfaces: [{ name: 'eno1', address: '192.0.2.1', routerAdvertisement: 'auto' }],
      ...{ httpPort: 80, httpsPort: 8443, subnets: [], subnetBandwidth: [], tftpPort: 69 },
    },
    api: { address: '127.0.0.1', port: 8080 },
    ...{ installers: {}, secureBoot: { default: false } },
    retention: { eventDays: 90, events: 1_000_000, pendingHosts: 256 },
    ...{ sshKeys: [], unknown: 'inventory', heartbeatSeconds: 10, tokenMinutes: 20 },
  });
});

it('a file that is absent or a folder', async () => {
  await expect(loadConfiguration(path)).rejects.toMatchObject({
    code: 'config-absent',
    message: expect.stringContaining(path),
    mend: 'name an existing file: rackhand serve --config FILE',
  });
  await expect(loadConfiguration(folder)).rejects.toMatchObject({ code: 'config-absent' });
});

describe('faults are named by line and field', () => {
  it.each<[string, string, string]>([
    ['an unknown key', `${MINIMAL}colour: blue\n`, '8: top level: Unrecognized key: "colour"'],
    [
      'an unknown key whose value stands on other lines',
      `${MINIMAL}colour:\n\n  of: the rack\n`,
      '8: top level: Unrecognized key: "colour"',
    ],
    [
      'an unknown key further in',
      MINIMAL.replace('  catalog', '  defaul: lab\n  catalog'),
      '3: images: Unrecognized key: "defaul"',
    ],
    [
      'an unknown key in a list',
      MINIMAL.replace('      address', '      adress: 192.0.2.1\n      address'),
      '7: provisioning.interfaces.0: Unrecognized key: "adress"',
    ],
    ['a wrong type', MINIMAL.replace('/srv/images', '17'), '3: images.catalog: '],
    ['a relative path', MINIMAL.replace('/srv', 'srv'), '3: images.catalog: expected an absolute path'],
    ['no IPv4 address', MINIMAL.replace('192.0.2.1', 'fe80::1'), '7: provisioning.interfaces.0.address: '],
    ['an interface name', MINIMAL.replace('eno1', '"a b"'), '6: provisioning.interfaces.0.name: '],
    [
      'no interface',
      MINIMAL.replace(/interfaces:[\s\S]*/, 'interfaces: []\n'),
      '5: provisioning.interfaces: ',
    ],
    ['a missing key', MINIMAL.replace('  catalog: /srv/images\n', '  default: lab\n'), '2: images.catalog: '],
    ['a port', `${MINIMAL}  httpPort: 70000\n`, '8: provisioning.httpPort: '],
    ['a key for SSH', `${MINIMAL}sshKeys:\n  - one\n`, '9: sshKeys.0: expected a line of authorized_keys'],
    [
      'an installer without its initramfs',
      `${MINIMAL}installers:\n  el9:\n    kernel: /srv/vmlinuz\n`,
      '9: installers.el9.initramfs: ',
    ],
    [
      'a name of an installer that no address can hold',
      `${MINIMAL}installers:\n  "el 9": { kernel: /k, initramfs: /i }\n`,
      '9: installers.el 9: ',
    ],
    [
      'an argument of an installer that a boot loader would expand',
      `${MINIMAL}installers:\n  el9: { kernel: /k, initramfs: /i, kernelArguments: ["a b"] }\n`,
      '9: installers.el9.kernelArguments.0: expected one kernel argument',
    ],
    ['a key twice', `${MINIMAL}state: /other\n`, '8: Map keys must be unique'],
    ['broken syntax', 'state: "open\n', '2: '],
    ['an alias without anchor', 'state: *here\n', '1: the alias *here has no anchor before it'],
    [
      'aliases of aliases',
      `a: &a [x, x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]\n`,
      'Excessive alias count',
    ],
    ['nothing at all', '', '1: top level: '],
    ['no mapping', 'hello\n', '1: top level: '],
  ])('%s', async (_what, text, expected) => {
    const told = await refused(text);
    expect(
      told.some((line) => line.startsWith(expected)),
      told.join(' | '),
    ).toBe(true);
  });
  it('all of them at once', async () => {
    expect(await refused(`${MINIMAL}colour: blue\ntokenMinutes: 0\n`)).toHaveLength(2);
  });
});

describe('values that get in each other’s way', () => {
  const second = (change = '') => `    - name: eno2\n      address: 203.0.113.1\n${change}`;
  it.each<[string, string, string]>([
    [
      'an interface twice',
      MINIMAL + second().replace('eno2', 'eno1'),
      '8: provisioning.interfaces.1.name: interface eno1 is named twice',
    ],
    [
      'an address twice',
      MINIMAL + second().replace('203.0.113.1', '192.0.2.1'),
      '9: provisioning.interfaces.1.address: address 192.0.2.1 is given twice',
    ],
    [
      'a subnet without the interface’s own address',
      MINIMAL.replace('192.0.2.1', '203.0.113.1') + SUBNET,
      "9: provisioning.interfaces.0.subnet.cidr: the interface's own address 203.0.113.1 is outside 192.0.2.0/24",
    ],
    [
      'a proxy without a network',
      `${MINIMAL}      dhcp: proxy\n`,
      "6: provisioning.interfaces.0.subnet: dhcp: proxy needs the interface's subnet",
    ],
    [
      'a further subnet that overlaps',
      `${MINIMAL}${SUBNET}  subnets: [{ cidr: 192.0.2.0/25 }]\n`,
      '11: provisioning.subnets.0.cidr: 192.0.2.0/25 overlaps the subnet of eno1',
    ],
    [
      'a further subnet on an interface without DHCP',
      `${MINIMAL}${SUBNET}  subnets: [{ cidr: 198.51.100.0/24, on: eno7 }]\n`,
      '11: provisioning.subnets.0.on: no interface eno7 serves DHCP',
    ],
    [
      'networks behind relays and no interface that hears them',
      `${MINIMAL}  subnets: [{ cidr: 198.51.100.0/24 }]\n`,
      '8: provisioning.subnets.0: no interface serves DHCP, so no relay can ask: give one a subnet',
    ],
    [
      'subnets that overlap',
      MINIMAL +
        SUBNET +
        second().replace('203.0.113.1', '192.0.2.130') +
        '      subnet: { cidr: 192.0.2.128/25, ranges: [] }\n',
      '13: provisioning.interfaces.1.subnet.cidr: 192.0.2.128/25 overlaps the subnet of eno1',
    ],
    [
      'an interface in the subnet of another',
      MINIMAL + SUBNET + second().replace('203.0.113.1', '192.0.2.2'),
      '12: provisioning.interfaces.1.address: 192.0.2.2 is in the subnet of eno1: two interfaces on one network',
    ],
    [
      'the same, named first',
      MINIMAL.replace('192.0.2.1', '203.0.113.7') + second(SUBNET.replaceAll('192.0.2.', '203.0.113.')),
      '7: provisioning.interfaces.0.address: 203.0.113.7 is in the subnet of eno2: two interfaces on one network',
    ],
    [
      'an own address that means the whole network',
      MINIMAL.replace('192.0.2.1', '192.0.2.255') + SUBNET,
      '7: provisioning.interfaces.0.address: 192.0.2.255 is the network or broadcast address of 192.0.2.0/24',
    ],
    [
      'a router that means the whole network',
      `${MINIMAL}${SUBNET}        router: 192.0.2.0\n`,
      '11: provisioning.interfaces.0.subnet.router: router 192.0.2.0 is the network or broadcast address of 192.0.2.0/24',
    ],
    [
      'prefixes that overlap',
      MINIMAL + IPV6 + second() + IPV6.replaceAll('fd00:52::1\n', 'fd00:52::2\n'),
      '16: provisioning.interfaces.1.ipv6.prefix: fd00:52::/64 overlaps the prefix of eno1',
    ],
    [
      'our own address in no prefix',
      MINIMAL + IPV6.replace('fd00:52::1\n', 'fd00:53::1\n'),
      '9: provisioning.interfaces.0.ipv6.address: our address fd00:53::1 is outside fd00:52::/64',
    ],
    [
      'TFTP on the port of DHCPv6',
      `${MINIMAL}${IPV6}  tftpPort: 547\n`,
      '12: provisioning.tftpPort: port 547 belongs to DHCPv6',
    ],
    [
      'syslog on the port of TFTP',
      `${MINIMAL}  syslogPort: 69\n`,
      '8: provisioning.syslogPort: port 69 belongs to DHCP or TFTP',
    ],
    [
      'syslog on a port of HTTP, as it is TCP too',
      `${MINIMAL}  syslogPort: 8443\n`,
      '8: provisioning.syslogPort: port 8443 is httpsPort already',
    ],
    [
      'one port for HTTP and HTTPS',
      `${MINIMAL}  httpsPort: 80\n`,
      '8: provisioning.httpsPort: port 80 is httpPort already',
    ],
    [
      'the API on the port of HTTP at the same address',
      `${MINIMAL}api: { address: 192.0.2.1, port: 80 }\n`,
      '8: api.port: port 80 is httpPort already, at the same address',
    ],
    [
      'the API on every address, on the port of HTTPS',
      `${MINIMAL}api:\n  address: 0.0.0.0\n  port: 8443\n`,
      '10: api.port: port 8443 is httpsPort already, at the same address',
    ],
    [
      'TFTP on a port of DHCP',
      `${MINIMAL}${SUBNET}  tftpPort: 4011\n`,
      '11: provisioning.tftpPort: port 4011 belongs to DHCP',
    ],
  ])('%s', async (_what, text, expected) => {
    expect(await refused(text)).toEqual([expected]);
  });
  it('the same port at different addresses is none of them', async () => {
    await load(`${MINIMAL}api: { address: 127.0.0.1, port: 80 }\n`);
    await load(`${MINIMAL}  tftpPort: 4011\n`);
    await load(MINIMAL + SUBNET + second('      subnet: { cidr: 203.0.113.0/24, ranges: [] }\n'));
  });
});
