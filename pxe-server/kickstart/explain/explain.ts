import { list, text } from '../document/fields.ts';
import type { Automatic, Document, NetworkDevice, Script, User } from '../document/shapes.ts';
import type { CommandNode } from '../nodes.ts';
import { releaseTitle } from '../releases.ts';
import { maskText } from '../text/secrets.ts';
import { diskPicture } from './picture.ts';

/** What a kickstart would do to a machine, in plain words: a title and its lines, in the order of an installation. */
export function explainDocument(document: Document): { title: string; lines: string[] }[] {
  return [
    { title: 'before anything else', lines: scriptLines(document, 'pre') },
    { title: `what is installed (${releaseTitle(document.release)})`, lines: sourceLines(document) },
    { title: 'disks', lines: diskLines(document) },
    { title: 'before the packages', lines: scriptLines(document, 'pre-install') },
    { title: 'network', lines: document.network.map(networkLine) },
    { title: 'who may log in', lines: accessLines(document) },
    { title: 'the system', lines: systemLines(document) },
    { title: 'after the packages', lines: scriptLines(document, 'post') },
    {
      title: 'if something fails',
      lines: [...scriptLines(document, 'onerror'), ...scriptLines(document, 'traceback')],
    },
    { title: 'at the end', lines: [endingLine(document)] },
    {
      title: 'not looked at',
      lines: document.unseen.map(({ target }) => `${target}, which the installer reads itself`),
    },
  ].flatMap(({ title, lines }) => (lines.length === 0 ? [] : [{ title, lines: lines.map(maskText) }]));
}

export function explanationText(parts: readonly { title: string; lines: string[] }[]): string {
  return parts
    .map(({ title, lines }) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('\n');
}

function sourceLines({ sources, repositories, packages, last }: Document): string[] {
  const rescue = last.has('rescue') ? ['nothing: the installer starts a rescue system'] : [];
  const from = sources.map(({ kind, location, image, node }) => {
    const checked =
      kind === 'liveimg' ? (node.values.checksum ? ', compared by SHA-256' : ', compared with nothing') : '';
    const what = image ? 'an image' : 'packages';
    return location ? `${what} from ${location} (${kind})${checked}` : `${what} from the ${kind}`;
  });
  const unknown =
    sources.length === 0 && rescue.length === 0 ? ['packages from where the installer itself came from'] : [];
  const also = repositories.map(
    ({ name, location }) => `packages of ${name}${location ? ` from ${location}` : ''} too`,
  );
  const names = (what: string, excluded: boolean) =>
    packages.filter((entry) => entry.what === what && entry.excluded === excluded).map(({ name }) => name);
  const chosen = [
    sentence('environment', names('environment', false)),
    sentence('groups', names('group', false)),
    sentence('packages', names('package', false)),
    sentence('without', [...names('group', true), ...names('package', true)]),
  ];
  return [...rescue, ...from, ...unknown, ...also, ...chosen.flat()];
}

function sentence(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

function diskLines(document: Document): string[] {
  const { storage } = document;
  const { clear, zerombr, only, ignored, automatic, required } = storage;
  const disks = clear?.disks.length ? clear.disks.join(', ') : only ? only.join(', ') : 'every disk';
  const cleared: Record<string, string> = {
    all: `ALL DATA ON ${disks} IS LOST`,
    linux: `Linux partitions of ${disks} are lost`,
  };
  return [
    ...(only ? [`no disk but ${only.join(', ')} is touched`] : []),
    ...(ignored.length > 0 ? [`not touched: ${ignored.join(', ')}`] : []),
    ...(clear?.what && cleared[clear.what] ? [cleared[clear.what]!] : []),
    ...(clear && clear.partitions.length > 0 ? [`lost: ${clear.partitions.join(', ')}`] : []),
    ...(zerombr ? ['disks without a label that is known get one'] : []),
    ...(required ? [`what the firmware boots from is made${required.boot ? ', and /boot' : ''}`] : []),
    ...(automatic ? [automaticLine(automatic)] : []),
    ...diskPicture(document),
  ];
}

function automaticLine({ layout, home, boot, swap, encryption, type }: Automatic): string {
  const how = { lvm: 'logical volumes', plain: 'plain partitions', thinp: 'thin logical volumes' }[layout];
  const without = [home ? '' : '/home', boot ? '' : '/boot', swap ? '' : 'swap'].filter(
    (part) => part !== '',
  );
  return [
    `the installer lays the disks out itself: ${how}`,
    ...(type ? [type] : []),
    ...(encryption ? ['encrypted'] : []),
    ...(without.length > 0 ? [`without ${without.join(', ')}`] : []),
  ].join(', ');
}

function networkLine(device: NetworkDevice): string {
  const { bond, bridge, vlan, ip, netmask, gateway, ipv6, hostname, nameservers, proto, ipv4 } = device;
  const name = device.device ?? (hostname && !ip ? undefined : 'the device that booted');
  const made = [
    bond ? `a bond of ${bond.members.join(' + ')}${bond.options ? ` (${bond.options})` : ''}` : '',
    bridge ? `a bridge of ${bridge.members.join(' + ')}` : '',
    device.team ? 'a team' : '',
    vlan ? `VLAN ${vlan}` : '',
    !ipv4
      ? ''
      : proto === 'static'
        ? `${ip}/${netmask}${gateway ? ` by ${gateway}` : ''}`
        : `an address by ${proto}`,
    ipv6 ? `IPv6 ${ipv6}` : '',
    nameservers.length > 0 ? `name servers ${nameservers.join(', ')}` : '',
    device.onboot ? '' : 'down after a start',
    hostname ? `the host is called ${hostname}` : '',
  ].filter((part) => part !== '');
  return name ? `${name}: ${made.join(', ')}` : `the host is called ${hostname}`;
}

function accessLines({ root, users, sshKeys, realm }: Document): string[] {
  const keys = (name: string) => sshKeys.filter(({ username }) => username === name).length;
  const withKeys = (name: string) =>
    keys(name) > 0 ? [`${keys(name)} key${keys(name) === 1 ? '' : 's'} for SSH`] : [];
  const rootWays = [
    ...(root?.password && !root.locked
      ? [`by password${root.password.crypted ? '' : ' (plain in the kickstart)'}`]
      : []),
    ...withKeys('root'),
  ];
  const user = ({ name, password, locked, groups }: User) => {
    const ways = [...(password && !locked ? ['by password'] : []), ...withKeys(name)];
    const member = groups.length > 0 ? `, in ${groups.join(', ')}` : '';
    return `${name}: ${ways.length > 0 ? ways.join(', ') : 'has no way to'}${member}`;
  };
  return [
    `root: ${rootWays.length > 0 ? rootWays.join(', ') : 'locked'}`,
    ...users.map(user),
    ...(realm ? [`users of the realm ${realm.name}`] : []),
  ];
}

function systemLines({ last, firewall, bootloader }: Document): string[] {
  const value = (command: string, field: string) => text(last.get(command)?.values ?? {}, field);
  const values = (command: string, field: string) => list(last.get(command)?.values ?? {}, field);
  const facts: [string, string | undefined][] = [
    ['language', value('lang', 'lang')],
    [
      'keyboard',
      value('keyboard', 'vckeymap') ??
        value('keyboard', 'layout') ??
        values('keyboard', 'xlayouts').join(', '),
    ],
    ['time zone', value('timezone', 'zone')],
    ['SELinux', value('selinux', 'mode')],
    ['firewall', firewall && firewallText(firewall)],
    ['kernel arguments', bootloader?.append],
    ['boot loader on', bootloader?.drive],
    ['services on', values('services', 'enabled').join(', ')],
    ['services off', values('services', 'disabled').join(', ')],
  ];
  return facts
    .filter(([, what]) => what !== undefined && what !== '')
    .map(([name, what]) => `${name}: ${what}`);
}

function firewallText({ enabled, ports, services }: NonNullable<Document['firewall']>): string {
  if (!enabled) return 'off';
  const open = [...services, ...ports];
  return open.length > 0 ? `on, open for ${open.join(', ')}` : 'on';
}

function scriptLines({ scripts }: Document, when: Script['when']): string[] {
  return scripts
    .filter((script) => script.when === when)
    .map(({ interpreter, chroot, stopsOnError, log, node }) => {
      const count = node.body.filter(
        ({ text }) => text.trim() !== '' && !text.trimStart().startsWith('#'),
      ).length;
      return [
        `line ${node.line.number}: a script of ${count} line${count === 1 ? '' : 's'} for ${interpreter}`,
        when === 'post' ? (chroot ? 'in the new system' : 'in the installer') : '',
        stopsOnError ? 'whose failure stops the installation' : '',
        log ? `logged in ${log}` : '',
      ]
        .filter((part) => part !== '')
        .join(', ');
    });
}

const ENDINGS: Readonly<Record<string, string>> = {
  reboot: 'the machine starts again',
  poweroff: 'the machine is switched off',
  shutdown: 'the machine is switched off',
  halt: 'the machine stops and waits for a key',
};

function endingLine({ last }: Document): string {
  const node: CommandNode | undefined = Object.keys(ENDINGS)
    .flatMap((name) => last.get(name) ?? [])
    .sort((a, b) => a.line.number - b.line.number)
    .at(-1);
  const how = node ? ENDINGS[node.name]! : ENDINGS.halt!;
  return `${how}${node?.values.eject === true ? ', its medium ejected' : ''}${node?.values.kexec === true ? ', by kexec' : ''}`;
}
