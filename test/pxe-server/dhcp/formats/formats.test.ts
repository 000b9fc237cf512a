import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ExportedLease, type LeaseFile, NEVER } from '../../../../pxe-server/dhcp/formats/entries.ts';
import {
  FORMATS,
  type Format,
  formatOf,
  hostsFile,
  readLeaseFile,
  writeLeases,
  writeReservations,
} from '../../../../pxe-server/dhcp/formats/formats.ts';
import { parseHosts } from '../../../../pxe-server/hosts/import.ts';
import { ipv4Text } from '../../../../pxe-server/net/ipv4.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const HOUR = 3600_000;
const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

/** "192.0.2.10 bound 52:54:00:00:00:01 +3600 name", the end in seconds from NOW. */
const shown = ({ leases }: LeaseFile) =>
  leases.map(({ lease: { address, client, state, expires }, hostName }) => {
    const ends = expires === NEVER ? 'never' : `${expires >= NOW ? '+' : ''}${seconds(expires - NOW)}`;
    return [ipv4Text(address), state, client, ends, ...(hostName ? [hostName] : [])].join(' ');
  });
const promised = ({ reservations }: LeaseFile) =>
  reservations.map(({ macs, address, name }) => [...macs, address, ...(name ? [name] : [])].join(' '));

const HEADER =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context';
const ends = seconds(NOW) + 3600;

describe('Kea', () => {
  const read = (...rows: string[]) => readLeaseFile([HEADER, ...rows, ''].join('\n'), 'kea.csv');
  it.each([
    [
      'a lease',
      `192.0.2.10,52:54:00:00:00:01,,3600,${ends},1,0,0,,0,`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600'],
    ],
    [
      'with a name and a client identifier',
      `192.0.2.10,52:54:00:00:00:01,01:52:54:00:00:00:01,3600,${ends},1,0,0,node1.lab.,0,`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600 node1.lab'],
    ],
    [
      'of a client identifier alone',
      `192.0.2.10,,ff:01:02,3600,${ends},1,0,0,,0,`,
      ['192.0.2.10 bound id:ff0102 +3600'],
    ],
    ['declined', `192.0.2.10,,,3600,${ends},1,0,0,,1,`, ['192.0.2.10 declined id: +3600']],
    [
      'expired and reclaimed',
      `192.0.2.10,52:54:00:00:00:01,,3600,${ends - 7200},1,0,0,,2,`,
      ['192.0.2.10 released 52:54:00:00:00:01 -3600'],
    ],
    [
      'without an end',
      `192.0.2.10,52:54:00:00:00:01,,4294967295,${ends},1,0,0,,0,`,
      ['192.0.2.10 bound 52:54:00:00:00:01 never'],
    ],
    [
      'escaped commas',
      `192.0.2.10,52:54:00:00:00:01,,60,${ends},1,0,0,a&#x2cb,0,`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600 a,b'],
    ],
    [
      'a later column',
      `192.0.2.10,52:54:00:00:00:01,,60,${ends},1,0,0,,0,,7`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600'],
    ],
  ])('%s', (_name, row, expected) => {
    expect(shown(read(row))).toEqual(expected);
  });
  it('the last row of an address counts, and one of no length takes it away', () => {
    const one = (mac: number, length: number) =>
      `192.0.2.10,52:54:00:00:00:0${mac},,${length},${ends},1,0,0,,0,`;
    expect(shown(read(one(1, 60), one(2, 60)))).toEqual(['192.0.2.10 bound 52:54:00:00:00:02 +3600']);
    expect(shown(read(one(1, 60), one(1, 0)))).toEqual([]);
    expect(shown(read(one(1, 0), one(2, 60)))).toEqual(['192.0.2.10 bound 52:54:00:00:00:02 +3600']);
  });
  it('columns by their names', () => {
    const text = `address,hwaddr,state,expire,valid_lifetime,client_id\n192.0.2.10,52:54:00:00:00:01,0,${ends},60,\n`;
    expect(shown(readLeaseFile(text, 'x'))).toEqual(['192.0.2.10 bound 52:54:00:00:00:01 +3600']);
  });
  it.each([
    ['192.0.2.300,52:54:00:00:00:01,,60,1,1,0,0,,0,', 'kea.csv:2: 192.0.2.300 is no IPv4 address'],
    ['192.0.2.10,52:54:00:00:00:01,,60,x,1,0,0,,0,', 'kea.csv:2: expire x is no time'],
    ['192.0.2.10,52:54:00:00:00:01,,,1,1,0,0,,0,', 'kea.csv:2: valid_lifetime '],
    ['192.0.2.10,52:54:00:00:00:01,,60,1,1,0,0,,3,', 'kea.csv:2: state 3'],
    [
      '192.0.2.10,,,60,1,1,0,0,,0,',
      'kea.csv:2: neither a hardware address of Ethernet nor a client identifier',
    ],
    ['192.0.2.10,52:54', 'kea.csv:2: 2 fields, the first line names 11'],
  ])('refused: %s', (row, told) => {
    expect(() => read(row)).toThrow(expect.objectContaining({ code: 'leases-invalid', message: told }));
  });
  it('reservations of its configuration, with its comments', () => {
    const text = `# of the lab
{ "Dhcp4": { "subnet4": [ { "subnet": "192.0.2.0/24", // the rack
  "reservations": [ { "hw-address": "52:54:00:00:00:01", "ip-address": "192.0.2.5", "hostname": "n#1" },
    /* by name alone */ { "client-id": "01aa", "ip-address": "192.0.2.6" } ] } ] } }`;
    expect(promised(readLeaseFile(text, 'kea.conf'))).toEqual(['52:54:00:00:00:01 192.0.2.5 n#1']);
    expect(() => readLeaseFile('{ "a": }', 'kea.conf')).toThrow(/kea.conf: no JSON/);
    const wrong = '[{ "hw-address": "x", "ip-address": "192.0.2.5" }]';
    expect(() => readLeaseFile(wrong, 'kea.conf')).toThrow(/reservation of 192.0.2.5 for x/);
  });
});

describe('ISC dhcpd', () => {
  const read = (text: string) => readLeaseFile(text, 'dhcpd.leases', 'isc');
  const lease = (...lines: string[]) =>
    `lease 192.0.2.10 {\n${lines.map((line) => `  ${line};\n`).join('')}}\n`;
  const ethernet = 'hardware ethernet 52:54:00:00:00:01';
  const end = 'ends 4 2026/11/26 13:00:00';
  it.each([
    [
      'a lease',
      lease('starts 4 2026/11/26 12:00:00', end, 'binding state active', ethernet),
      'bound 52:54:00:00:00:01 +3600',
    ],
    [
      'short bytes of an address',
      lease(end, 'hardware ethernet 52:54:0:0:0:1'),
      'bound 52:54:00:00:00:01 +3600',
    ],
    ['free', lease(end, 'binding state free', ethernet), 'released 52:54:00:00:00:01 +3600'],
    ['expired', lease(end, 'binding state expired', ethernet), 'released 52:54:00:00:00:01 +3600'],
    ['abandoned', lease(end, 'binding state abandoned'), 'declined id: +3600'],
    ['abandoned, as it was written long ago', lease(end, 'abandoned'), 'declined id: +3600'],
    ['epoch', lease(`ends epoch ${ends}; # a comment`, ethernet), 'bound 52:54:00:00:00:01 +3600'],
    ['never', lease('ends never', ethernet), 'bound 52:54:00:00:00:01 never'],
    ['a uid in quotes', lease(end, 'uid "\\001RT\\000\\"\\\\"'), 'bound id:015254002' + '25c +3600'],
    ['a uid in digits', lease(end, 'uid ff:0:1'.replace(':0:1', ':00:01')), 'bound id:ff0001 +3600'],
    ['a name', lease(end, ethernet, 'client-hostname "node1"'), 'bound 52:54:00:00:00:01 +3600 node1'],
    [
      'what else there is',
      lease(end, ethernet, 'set vendor = "a;b}"', 'option agent.circuit-id 1:2'),
      'bound 52:54:00:00:00:01 +3600',
    ],
  ])('%s', (_name, text, expected) => {
    expect(shown(read(text))).toEqual([`192.0.2.10 ${expected}`]);
  });
  it('the last entry of an address counts; what was never had is none', () => {
    const two = lease(end, ethernet) + lease(end, 'hardware ethernet 52:54:00:00:00:02');
    expect(shown(read(two))).toEqual(['192.0.2.10 bound 52:54:00:00:00:02 +3600']);
    expect(shown(read(lease(end, 'binding state free')))).toEqual([]);
  });
  it('hosts, in whatever groups they are; the last of a name counts', () => {
    const host = (name: string, ...lines: string[]) =>
      `host ${name} { ${lines.map((l) => `${l};`).join(' ')} }`;
    const text = `server-duid "\\000\\001";
failover peer "x" state { my state normal at 1 2026/01/01 00:00:00; }
subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1;
  group { ${host('node1', ethernet, 'fixed-address 192.0.2.5')} }
  ${host('gone', ethernet, 'fixed-address 192.0.2.6')} }
${host('gone', 'dynamic', 'deleted')}
${host('nowhere', ethernet)}
${lease(end, ethernet)}`;
    const file = read(text);
    expect(promised(file)).toEqual(['52:54:00:00:00:01 192.0.2.5 node1']);
    expect(shown(file)).toHaveLength(1);
  });
  it.each([
    ['no address', `\nlease x { ${end}; ${ethernet}; }`, 'dhcpd.leases:2: lease x is no IPv4 address'],
    ['no end', lease(ethernet), 'dhcpd.leases:1: a lease without its end'],
    [
      'no time',
      lease('starts 1 2026/01/01 00:00:00', 'ends 4 2026/13/26 13:00:00', ethernet),
      'dhcpd.leases:3: 4 2026/13/26 13:00:00 is no time',
    ],
    [
      'no client',
      lease(end, 'binding state active'),
      'dhcpd.leases:1: neither a hardware address of Ethernet nor a uid',
    ],
    ['no MAC', lease(end, 'hardware ethernet 52:54'), 'dhcpd.leases:3: hardware address 52:54'],
    ['another state', lease(end, 'binding state odd', ethernet), 'dhcpd.leases:3: binding state odd'],
    ['half a lease', `lease 192.0.2.10 {\n  ${end};`, 'dhcpd.leases:1: its brace is never closed'],
    ['a brace too many', '}', 'dhcpd.leases:1: a brace closes what was not opened'],
    ['half a string', 'lease 192.0.2.10 {\n uid "\\001', 'dhcpd.leases:2: a string is not closed'],
    [
      'a name for an address',
      `host a { ${ethernet}; fixed-address a.example; }`,
      'dhcpd.leases:1: fixed-address a.example is no IPv4 address',
    ],
  ])('refused: %s', (_name, text, told) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'leases-invalid', message: told }));
  });
});

describe('dnsmasq', () => {
  const read = (text: string) => readLeaseFile(text, 'dnsmasq.leases', 'dnsmasq');
  it.each([
    [
      'a lease',
      `${ends} 52:54:00:00:00:01 192.0.2.10 node1 01:52:54:00:00:00:01`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600 node1'],
    ],
    [
      'without a name',
      `${ends} 52:54:00:00:00:01 192.0.2.10 * *`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600'],
    ],
    ['without an end', '0 52:54:00:00:00:01 192.0.2.10 * *', ['192.0.2.10 bound 52:54:00:00:00:01 never']],
    ['of other hardware', `${ends} 20-80:00 192.0.2.10 * ff:00:01`, ['192.0.2.10 bound id:ff0001 +3600']],
    [
      'IPv6 behind it',
      `${ends} 52:54:00:00:00:01 192.0.2.10 * *\nduid 00:01\n1 2 fe80::1 * 3`,
      ['192.0.2.10 bound 52:54:00:00:00:01 +3600'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(shown(read(text))).toEqual(expected);
  });
  it.each([
    ['dhcp-host=52:54:00:00:00:01,192.0.2.5', '52:54:00:00:00:01 192.0.2.5'],
    ['dhcp-host=52:54:00:00:00:01,set:rack1,node1,192.0.2.5,12h', '52:54:00:00:00:01 192.0.2.5 node1'],
    [
      'dhcp-host=52:54:00:00:00:01,52:54:00:00:00:02,192.0.2.5,infinite',
      '52:54:00:00:00:01 52:54:00:00:00:02 192.0.2.5',
    ],
    ['52:54:00:00:00:01,192.0.2.5,node1', '52:54:00:00:00:01 192.0.2.5 node1'],
    ['dhcp-host=52:54:00:00:00:01,[fd00::5],192.0.2.5', '52:54:00:00:00:01 192.0.2.5'],
    ['dhcp-host=52:54:00:00:00:01,ignore', undefined],
    ['dhcp-host=node1,192.0.2.5', undefined],
    ['dhcp-host=52:54:00:00:00:*,192.0.2.5', undefined],
    ['dhcp-host=52:54:00:00:00:01,node1', undefined],
    ['dhcp-range=192.0.2.10,192.0.2.20,1h', undefined],
    ['no-resolv', undefined],
    ['# dhcp-host=52:54:00:00:00:01,192.0.2.5', undefined],
  ])('%s', (line, expected) => {
    expect(promised(read(line))).toEqual(expected === undefined ? [] : [expected]);
  });
  it.each([
    ['\nx 52:54:00:00:00:01 192.0.2.10 * *', 'dnsmasq.leases:2: x is no time'],
    ['1 52:54:00:00:00:01 192.0.2 * *', 'dnsmasq.leases:1: 192.0.2 is no IPv4 address'],
    [
      '1 52:54 192.0.2.1 * *',
      'dnsmasq.leases:1: 52:54 is no hardware address of Ethernet, and no client identifier is there',
    ],
    [
      '1 52:54:00:00:00:01 192.0.2.10',
      'dnsmasq.leases:1: a lease has five fields: end, MAC, address, name, client identifier',
    ],
    ['dhcp-host=52:54:00:00:00:01,192.0.2.5,a b', 'dnsmasq.leases:1: a b is no address and no name'],
  ])('refused: %j', (text, told) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'leases-invalid', message: told }));
  });
});

const exported = (change: Partial<ExportedLease>): ExportedLease => ({
  address: '192.0.2.10',
  client: '52:54:00:00:00:01',
  state: 'bound',
  expires: NOW + HOUR,
  leaseSeconds: 3600,
  subnetId: 1,
  ...change,
});
const all = [
  exported({ hostName: 'node1' }),
  exported({ address: '192.0.2.11', client: '52:54:00:00:00:02', expires: NEVER }),
  exported({ address: '192.0.2.12', client: 'id:ff00010203' }),
  exported({ address: '192.0.2.13', client: '52:54:00:00:00:03', state: 'released', expires: NOW - HOUR }),
  exported({ address: '192.0.2.14', client: 'id:', state: 'declined' }),
  exported({ address: '192.0.2.15', client: '52:54:00:00:00:04', expires: NOW - HOUR, subnetId: 2 }),
  exported({ address: '192.0.2.16', client: '52:54:00:00:00:05', state: 'offered' }),
];
const written = (format: Format) => [...writeLeases(all, format, NOW)].join('');

describe('what is written', () => {
  it('for Kea, column for column', () => {
    expect(written('kea').split('\n')).toEqual([
      HEADER,
      `192.0.2.10,52:54:00:00:00:01,,3600,${ends},1,0,0,node1,0,`,
      `192.0.2.11,52:54:00:00:00:02,,4294967295,${seconds(NOW) + 4294967295},1,0,0,,0,`,
      `192.0.2.12,,ff:00:01:02:03,3600,${ends},1,0,0,,0,`,
      `192.0.2.13,52:54:00:00:00:03,,3600,${ends - 7200},1,0,0,,2,`,
      `192.0.2.14,,,3600,${ends},1,0,0,,1,`,
      `192.0.2.15,52:54:00:00:00:04,,3600,${ends - 7200},2,0,0,,0,`,
      '',
    ]);
  });
  it('for ISC', () => {
    expect(written('isc')).toContain(
      `lease 192.0.2.10 {
  starts 4 2026/11/26 12:00:00;
  ends 4 2026/11/26 13:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 52:54:00:00:00:01;
  client-hostname "node1";
}
`,
    );
  });
  it('for dnsmasq: what runs and has a MAC', () => {
    expect(written('dnsmasq')).toBe(
      `${ends} 52:54:00:00:00:01 192.0.2.10 node1 *\n0 52:54:00:00:00:02 192.0.2.11 * *\n`,
    );
  });
  it.each(['kea', 'isc'] as const)('is read again as it was: %s', (format) => {
    expect(shown(readLeaseFile(written(format), 'x'))).toEqual([
      '192.0.2.10 bound 52:54:00:00:00:01 +3600 node1',
      '192.0.2.11 bound 52:54:00:00:00:02 never',
      '192.0.2.12 bound id:ff00010203 +3600',
      '192.0.2.13 released 52:54:00:00:00:03 -3600',
      '192.0.2.14 declined id: +3600',
      `192.0.2.15 ${format === 'isc' ? 'released' : 'bound'} 52:54:00:00:00:04 -3600`,
    ]);
  });
  it.each(FORMATS)('and the format is told from it: %s', (format) => {
    expect(formatOf(written(format))).toBe(format);
    const hosts = [
      ...writeReservations([{ macs: ['52:54:00:00:00:01'], address: '192.0.2.5' }], format),
    ].join('');
    expect(formatOf(hosts)).toBe(format);
  });
  it.each(FORMATS)('reservations come back: %s', (format) => {
    const reservations = [
      { macs: ['52:54:00:00:00:01'], address: '192.0.2.5', name: 'node1' },
      { macs: ['52:54:00:00:00:02'], address: '192.0.2.16', name: 'node2.lab.example' },
    ];
    const text = [...writeReservations(reservations, format)].join('');
    expect(promised(readLeaseFile(text, 'x'))).toEqual([
      '52:54:00:00:00:01 192.0.2.5 node1',
      '52:54:00:00:00:02 192.0.2.16 node2.lab.example',
    ]);
  });
});

it('reservations become a file that hosts import reads; a name that no host can have gives way to the MAC', () => {
  const entry = (last: number, name?: string) => ({
    ...{ line: 1, macs: [`52:54:00:00:00:0${last}`], address: `192.0.2.${last}` },
    ...(name === undefined ? {} : { name }),
  });
  const text = hostsFile([entry(1, 'Node1'), entry(2, 'node1'), entry(3, 'a_b'), entry(4)]);
  expect(parse(text).hosts[0]).toEqual({ name: 'node1', macs: ['52:54:00:00:00:01'], address: '192.0.2.1' });
  expect(parseHosts(text, 'yaml', 'x').map(({ name }) => name)).toEqual([
    'node1',
    'host-525400000002',
    'host-525400000003',
    'host-525400000004',
  ]);
});
