import type { InstallStep } from '../../../builder/contract/install-plan.ts';
import type { Inventory } from '../../../builder/contract/inventory.ts';
import { parseIpv4 } from '../../net/ipv4.ts';
import type { Document, NetworkDevice } from '../document/shapes.ts';
import type { Refusals } from './refusal.ts';

const FOLDER = '/etc/NetworkManager/system-connections';
/** What the kernel takes as the name of an interface, and no path or keyfile is led astray by. */
const NAME = /^[A-Za-z0-9_.@-]{1,15}$/;

type Section = [name: string, values: Record<string, string | undefined>];

/** Networks as keyfiles of NetworkManager, and the host's name. */
export function networkSteps({ network }: Document, { nics }: Inventory, refusals: Refusals): InstallStep[] {
  const steps: InstallStep[] = [];
  const made = new Set<string>();
  for (const device of network) {
    const line = device.node.line.number;
    if (device.hostname !== undefined) steps.push(file(line, '/etc/hostname', 0o644, `${device.hostname}\n`));
    const isNameOnly =
      device.device === undefined && device.node.words.length === 2 && device.hostname !== undefined;
    if (isNameOnly) continue;
    const name = resolveName(device, nics, made, refusals);
    if (name === undefined) continue;
    made.add(name);
    for (const [id, sections] of connections(device, name)) {
      const text = sections.map(sectionText).join('\n');
      steps.push(file(line, `${FOLDER}/${id}.nmconnection`, 0o600, text));
    }
  }
  return steps;
}

export function file(line: number, path: string, mode: number, text: string): InstallStep {
  return { do: 'file', line, path, mode, text };
}

function resolveName(
  { node, device, proto, bond, bridge, vlan, interfaceName, team }: NetworkDevice,
  nics: Inventory['nics'],
  made: ReadonlySet<string>,
  refusals: Refusals,
): string | undefined {
  const refuse = (code: string, message: string, mend: string) => refusals.add(node, { code, message, mend });
  if (team) return refuse('not-compiled', 'a plan makes no teams', 'use a bond');
  if (proto === 'query' || proto === 'ibft')
    return refuse('not-compiled', `nobody is there to be asked for ${proto}`, 'use dhcp or static');
  const linked = nics.filter(({ link }) => link);
  const mac = device?.toLowerCase();
  const nic =
    device === undefined || device === 'link'
      ? linked.length === 1
        ? linked[0]
        : undefined
      : nics.find((one) => one.name === device || one.mac === mac);
  const isMade = bond !== undefined || bridge !== undefined || (device !== undefined && made.has(device));
  const name = nic?.name ?? (isMade ? device : undefined);
  const known = nics.map((one) => one.name).join(', ') || 'none';
  if (name === undefined || !NAME.test(name))
    return refuse(
      'nic-absent',
      `${device ?? 'a device with a link'} is not one of the machine’s: ${known}`,
      'name one of these',
    );
  const members = [...(bond?.members ?? []), ...(bridge?.members ?? [])];
  const absent = members.find((member) => !nics.some((one) => one.name === member) && !made.has(member));
  if (absent !== undefined)
    return refuse('nic-absent', `the machine has no ${absent}; it has ${known}`, 'name one of these');
  const full = vlan === undefined ? name : (interfaceName ?? `${name}.${vlan}`);
  return NAME.test(full)
    ? name
    : refuse('nic-absent', `${full} is too long for a name`, 'give --interfacename');
}

function connections(device: NetworkDevice, name: string): [string, Section[]][] {
  const { bond, bridge, vlan, interfaceName, mtu, onboot } = device;
  const type = bond ? 'bond' : bridge ? 'bridge' : vlan ? 'vlan' : 'ethernet';
  const id = vlan ? (interfaceName ?? `${name}.${vlan}`) : name;
  const own: Section[] = [
    ['connection', { id, type, 'interface-name': id, autoconnect: onboot ? undefined : 'false' }],
    ...(mtu === undefined ? [] : [['ethernet', { mtu }] as Section]),
    ...(bond ? [['bond', options(bond.options, '')] as Section] : []),
    ...(bridge ? [['bridge', options(bridge.options, 'bridge')] as Section] : []),
    ...(vlan ? [['vlan', { id: vlan, parent: name }] as Section] : []),
    ['ipv4', ipv4(device)],
    ['ipv6', ipv6(device)],
  ];
  const ports = (bond ?? bridge)?.members ?? [];
  return [
    [id, own],
    ...ports.map((port): [string, Section[]] => [
      port,
      [
        [
          'connection',
          { id: port, type: 'ethernet', 'interface-name': port, master: id, 'slave-type': type },
        ],
      ],
    ]),
  ];
}

/** mode=802.3ad,miimon=100; a bridge’s stp=no is yes and no, a keyfile’s is true and false. */
function options(text: string, kind: string): Record<string, string> {
  const pairs = text.split(/[,;]/).flatMap((pair) => {
    const [key, value] = pair.split('=');
    return key?.trim() && value !== undefined ? [[key.trim(), value.trim()] as const] : [];
  });
  const words: Record<string, string> = { yes: 'true', no: 'false', on: 'true', off: 'false' };
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, kind === 'bridge' ? (words[value] ?? value) : value]),
  );
}

function ipv4(device: NetworkDevice) {
  const { ipv4, proto, ip, netmask, gateway, defaultRoute, dhcpClass } = device;
  if (!ipv4) return { method: 'disabled' };
  const further = { ...names(device, 'ipv4'), 'never-default': defaultRoute ? undefined : 'true' };
  if (proto !== 'static') return { method: 'auto', 'dhcp-vendor-class-identifier': dhcpClass, ...further };
  const prefix = 32 - Math.log2(2 ** 32 - parseIpv4(netmask!)!);
  return { method: 'manual', address1: `${ip}/${prefix}`, gateway, ...further };
}

function ipv6(device: NetworkDevice) {
  const { ipv6, ipv6gateway: gateway, ipv6Enabled } = device;
  if (!ipv6Enabled || ipv6 === 'ignore') return { method: 'disabled' };
  const further = names(device, 'ipv6');
  if (ipv6 === undefined || ipv6 === 'auto') return { method: 'auto', ...further };
  if (ipv6 === 'dhcp') return { method: 'dhcp', ...further };
  return { method: 'manual', address1: ipv6.includes('/') ? ipv6 : `${ipv6}/64`, gateway, ...further };
}

/** Servers and domains of one protocol; a server belongs to that of its address. */
function names({ nameservers, search, ignoreDns }: NetworkDevice, protocol: 'ipv4' | 'ipv6') {
  return {
    dns: list(nameservers.filter((server) => server.includes(':') === (protocol === 'ipv6'))),
    'dns-search': list(search[protocol]),
    'ignore-auto-dns': ignoreDns[protocol] ? 'true' : undefined,
  };
}

const list = (values: readonly string[]) => (values.length === 0 ? undefined : `${values.join(';')};`);

function sectionText([name, values]: Section): string {
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}\n`],
  );
  return `[${name}]\n${lines.join('')}`;
}
