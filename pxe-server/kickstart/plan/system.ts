import type { InstallStep } from '../../../builder/contract/install-plan.ts';
import { flag, list, number, text } from '../document/fields.ts';
import type { Document, Password } from '../document/shapes.ts';
import type { CommandNode } from '../nodes.ts';
import { file } from './network.ts';
import type { Refusals } from './refusal.ts';

/** Language, time, services: what the new system is told by files. */
export function systemSteps({ last, firewall }: Document): InstallStep[] {
  const steps: InstallStep[] = [];
  const on = (name: string, make: (node: CommandNode, line: number) => InstallStep[]) => {
    const node = last.get(name);
    if (node) steps.push(...make(node, node.line.number));
  };
  on('lang', ({ values }, line) => [
    file(line, '/etc/locale.conf', 0o644, `LANG="${text(values, 'lang')}"\n`),
  ]);
  on('keyboard', ({ values }, line) => {
    const map =
      text(values, 'vckeymap') ?? text(values, 'layout') ?? list(values, 'xlayouts')[0]?.split(' ')[0];
    return [file(line, '/etc/vconsole.conf', 0o644, `KEYMAP="${map ?? 'us'}"\n`)];
  });
  on('timezone', ({ values }, line) => {
    const zone = text(values, 'zone');
    const clock = file(
      line,
      '/etc/adjtime',
      0o644,
      `0.0 0 0.0\n0\n${flag(values, 'utc') ? 'UTC' : 'LOCAL'}\n`,
    );
    if (zone === undefined) return [clock];
    return [{ do: 'link', line, path: '/etc/localtime', target: `../usr/share/zoneinfo/${zone}` }, clock];
  });
  on('selinux', ({ values }, line) => [
    file(
      line,
      '/etc/selinux/config',
      0o644,
      `SELINUX=${text(values, 'mode') ?? 'enforcing'}\nSELINUXTYPE=targeted\n`,
    ),
  ]);
  on('services', ({ values }, line) => [
    { do: 'services', line, enabled: [...list(values, 'enabled')], disabled: [...list(values, 'disabled')] },
  ]);
  if (firewall)
    steps.push({
      ...{ do: 'firewall', line: firewall.node.line.number, enabled: firewall.enabled },
      ...{ services: [...firewall.services], ports: [...firewall.ports] },
    });
  return steps;
}

/** timesource, several of them, as chrony’s sources. */
export function timeSteps(commands: readonly CommandNode[]): InstallStep[] {
  const sources = commands.filter(({ name }) => name === 'timesource');
  const lines = sources.flatMap(({ values }) => {
    const [kind, where] = text(values, 'ntpServer') ? ['server', values.ntpServer] : ['pool', values.ntpPool];
    return where ? [`${kind} ${where} iburst${flag(values, 'nts') ? ' nts' : ''}\n`] : [];
  });
  if (lines.length === 0) return [];
  return [file(sources[0]!.line.number, '/etc/chrony.d/kickstart.sources', 0o644, lines.join(''))];
}

/** Groups, users, root and their keys. */
export function accessSteps(
  document: Document,
  commands: readonly CommandNode[],
  refusals: Refusals,
): InstallStep[] {
  const { root, users, sshKeys } = document;
  const groups = commands.filter(({ name }) => name === 'group');
  const hash = (node: CommandNode, password: Password | undefined, locked: boolean) => {
    if (locked || !password) return '!';
    if (password.crypted) return password.text;
    const message = 'a plan carries no password in clear';
    refusals.add(node, { code: 'not-compiled', message, mend: 'use --iscrypted', field: 'password' });
    return '!';
  };
  return [
    ...groups.map(({ values, line }): InstallStep => {
      const gid = number(values, 'gid');
      return {
        do: 'group',
        line: line.number,
        name: text(values, 'name') ?? '',
        ...(gid === undefined ? {} : { gid }),
      };
    }),
    ...(root
      ? [
          {
            ...{ do: 'user' as const, line: root.node.line.number, name: 'root', groups: [] },
            passwordHash: hash(root.node, root.password, root.locked),
          },
        ]
      : []),
    ...users.map(
      ({ node, name, groups: member, password, locked, uid, gid, home, shell, gecos }): InstallStep => {
        const known = Object.entries({ uid, gid, home, shell, gecos }).filter(
          ([, value]) => value !== undefined,
        );
        return {
          ...{ do: 'user', line: node.line.number, name, groups: [...member] },
          ...Object.fromEntries(known),
          passwordHash: hash(node, password, locked),
        };
      },
    ),
    ...sshKeys.map(
      ({ node, username, key }): InstallStep => ({
        ...{ do: 'ssh-key', line: node.line.number, user: username, key },
      }),
    ),
  ];
}
