import type { Values } from '../arguments.ts';
import type { CommandNode, IncludeNode, SectionNode } from '../nodes.ts';
import type { Kickstart } from '../parse.ts';
import { commas, flag, known, list, number, text } from './fields.ts';
import {
  type Document,
  type NetworkDevice,
  type Password,
  type Script,
  SOURCES,
  type Source,
  type User,
} from './shapes.ts';
import { storageOf } from './storage.ts';

/**
 * What a kickstart asks for. Lines that the release refuses are not in it: look at the findings of the text first.
 */
export function documentOf({ release, nodes }: Pick<Kickstart, 'release' | 'nodes'>): Document {
  const commands = nodes.filter(
    (node): node is CommandNode => node.is === 'command' && node.valid && node.status !== 'ignored',
  );
  const sections = nodes.filter((node): node is SectionNode => node.is === 'section' && node.valid);
  const all = (name: string) => commands.filter((node) => node.name === name);
  const last = new Map(commands.map((node) => [node.name, node]));
  const [root, realm, bootloader, firewall] = ['rootpw', 'realm', 'bootloader', 'firewall'].map((name) =>
    last.get(name),
  );
  return known({
    release,
    unseen: nodes.filter((node): node is IncludeNode => node.is === 'include'),
    sources: commands.filter(({ name }) => (SOURCES as readonly string[]).includes(name)).map(sourceOf),
    repositories: all('repo').map((node) => ({
      name: text(node.values, 'name') ?? '',
      ...known({ location: anyOf(node.values, 'baseurl', 'mirrorlist', 'metalink') }),
      node,
    })),
    storage: storageOf(commands),
    network: all('network').map(deviceOf),
    root: root && {
      ...passwordOf(root.values),
      locked: isLocked(root.values),
      allowSsh: flag(root.values, 'allowSsh'),
      node: root,
    },
    users: all('user').map(userOf),
    sshKeys: all('sshkey').map((node) => ({
      username: text(node.values, 'username') ?? '',
      key: text(node.values, 'key') ?? '',
      node,
    })),
    realm: realm && { name: text(realm.values, 'realm') ?? '', node: realm },
    bootloader: bootloader && {
      location: text(bootloader.values, 'location') ?? 'mbr',
      disabled: flag(bootloader.values, 'disabled'),
      append: text(bootloader.values, 'append') ?? '',
      ...known({
        drive: text(bootloader.values, 'bootDrive'),
        timeout: number(bootloader.values, 'timeout'),
      }),
      ...passwordOf(bootloader.values),
      node: bootloader,
    },
    packages: sections.flatMap(({ packages }) => packages ?? []),
    scripts: sections.flatMap(scriptOf),
    firewall: firewall && {
      enabled: firewall.values.enabled !== false,
      ports: list(firewall.values, 'ports'),
      services: list(firewall.values, 'services'),
      removed: list(firewall.values, 'removeService'),
      trusted: list(firewall.values, 'trust'),
      untouched: flag(firewall.values, 'useSystemDefaults'),
      node: firewall,
    },
    last,
  });
}

function anyOf(values: Values, ...fields: string[]): string | undefined {
  return fields.map((field) => text(values, field)).find((value) => value !== undefined);
}

function sourceOf(node: CommandNode): Source {
  const { name: kind, values } = node;
  const image = ['liveimg', 'ostreesetup', 'ostreecontainer', 'bootc'].includes(kind);
  const location =
    kind === 'nfs'
      ? `${text(values, 'server')}:${text(values, 'dir')}`
      : kind === 'harddrive'
        ? `${anyOf(values, 'partition', 'biospart')}:${text(values, 'dir')}`
        : anyOf(values, 'url', 'mirrorlist', 'metalink', 'sourceImgref');
  return { kind, image, ...known({ location }), node };
}

function passwordOf(values: Values): { password?: Password } {
  const password = text(values, 'password');
  return password === undefined ? {} : { password: { text: password, crypted: flag(values, 'iscrypted') } };
}

/** --lock, or a hash that no password has. */
function isLocked(values: Values): boolean {
  return flag(values, 'lock') || (flag(values, 'iscrypted') && /^[!*]/.test(text(values, 'password') ?? ''));
}

function userOf(node: CommandNode): User {
  const { values } = node;
  return {
    name: text(values, 'name') ?? '',
    locked: isLocked(values),
    // A name may come with its number: wheel or staff(500).
    groups: list(values, 'groups').map((group) => group.replace(/\s*\(.*$/, '')),
    ...passwordOf(values),
    ...known({
      ...{ uid: number(values, 'uid'), gid: number(values, 'gid'), home: text(values, 'homedir') },
      ...{ shell: text(values, 'shell'), gecos: text(values, 'gecos') },
    }),
    node,
  };
}

function deviceOf(node: CommandNode): NetworkDevice {
  const { values } = node;
  const slaves = (kind: 'bond' | 'bridge') => {
    const members = commas(text(values, `${kind}slaves`));
    return members.length === 0 ? undefined : { members, options: text(values, `${kind}opts`) ?? '' };
  };
  const FIELDS = ['device', 'hostname', 'ip', 'netmask', 'gateway', 'ipv6', 'ipv6gateway', 'mtu'] as const;
  return {
    ...known(Object.fromEntries(FIELDS.map((field) => [field, text(values, field)]))),
    ...known({ vlan: text(values, 'vlanid'), interfaceName: text(values, 'interfacename') }),
    ...known({ bond: slaves('bond'), bridge: slaves('bridge'), dhcpClass: text(values, 'dhcpclass') }),
    search: { ipv4: commas(text(values, 'ipv4DnsSearch')), ipv6: commas(text(values, 'ipv6DnsSearch')) },
    ignoreDns: {
      ipv4: flag(values, 'nodns') || flag(values, 'ipv4IgnoreAutoDns'),
      ipv6: flag(values, 'nodns') || flag(values, 'ipv6IgnoreAutoDns'),
    },
    proto: text(values, 'bootproto') ?? 'dhcp',
    nameservers: commas(text(values, 'nameserver')),
    team: list(values, 'teamslaves').length > 0,
    ipv4: !flag(values, 'noipv4'),
    ipv6Enabled: !flag(values, 'noipv6'),
    onboot: values.onboot !== false,
    defaultRoute: !flag(values, 'nodefroute'),
    node,
  };
}

function scriptOf(node: SectionNode): Script[] {
  const when = node.name.slice(1);
  if (!['pre', 'pre-install', 'post', 'onerror', 'traceback'].includes(when)) return [];
  return [
    {
      when: when as Script['when'],
      interpreter: text(node.values, 'interpreter') ?? '/bin/sh',
      chroot: when === 'post' && !flag(node.values, 'nochroot'),
      stopsOnError: flag(node.values, 'erroronfail'),
      ...known({ log: text(node.values, 'log') }),
      text: node.body.map((line) => line.text).join(''),
      node,
    },
  ];
}
