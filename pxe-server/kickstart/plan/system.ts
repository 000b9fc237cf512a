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
  on('keyboard', keyboardFiles);
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
  if (firewall && !firewall.untouched)
    steps.push({
      ...{ do: 'firewall', line: firewall.node.line.number, enabled: firewall.enabled },
      ...{ services: [...firewall.services], removed: [...firewall.removed] },
      ...{ ports: [...firewall.ports], trusted: [...firewall.trusted] },
    });
  return steps;
}

/** The console's keymap, and what systemd-localed writes for X and Wayland where layouts are named. */
function keyboardFiles({ values }: CommandNode, line: number): InstallStep[] {
  const layouts = list(values, 'xlayouts');
  const map = text(values, 'vckeymap') ?? text(values, 'layout') ?? layouts[0]?.split(' ')[0];
  const console = file(line, '/etc/vconsole.conf', 0o644, `KEYMAP="${map ?? 'us'}"\n`);
  if (layouts.length === 0 && list(values, 'switch').length === 0) return [console];
  const variants = layouts.map((layout) => layout.split('(')[1]?.replace(')', '').trim() ?? '');
  const options: [string, readonly string[]][] = [
    ['XkbLayout', layouts.map((layout) => layout.split('(')[0]!.trim())],
    ['XkbVariant', variants.some((variant) => variant !== '') ? variants : []],
    ['XkbOptions', list(values, 'switch')],
  ];
  const lines = options.flatMap(([name, all]) =>
    all.length === 0 ? [] : [`        Option "${name}" "${all.join(',')}"\n`],
  );
  const section = `Section "InputClass"
        Identifier "system-keyboard"
        MatchIsKeyboard "on"
${lines.join('')}EndSection
`;
  return [console, file(line, '/etc/X11/xorg.conf.d/00-keyboard.conf', 0o644, section)];
}

/** timesource, several of them, as chrony’s sources; EL8 names servers with the time zone. */
export function timeSteps({ last }: Document, commands: readonly CommandNode[]): InstallStep[] {
  const zone = last.get('timezone');
  const sources = commands.filter(({ name }) => name === 'timesource');
  const lines = [
    ...(zone ? list(zone.values, 'ntpservers').map((server) => `server ${server} iburst\n`) : []),
    ...sources.flatMap(({ values }) => {
      const [kind, where] = text(values, 'ntpServer')
        ? ['server', values.ntpServer]
        : ['pool', values.ntpPool];
      return where ? [`${kind} ${where} iburst${flag(values, 'nts') ? ' nts' : ''}\n`] : [];
    }),
  ];
  const from = (sources[0] ?? zone)?.line.number ?? 0;
  const off =
    sources.find(({ values }) => flag(values, 'ntpDisable')) ?? (zone && flag(zone.values, 'nontp') && zone);
  return [
    ...(lines.length === 0 ? [] : [file(from, '/etc/chrony.d/kickstart.sources', 0o644, lines.join(''))]),
    ...(off ? [{ do: 'services' as const, line: off.line.number, enabled: [], disabled: ['chronyd'] }] : []),
  ];
}

const PERMIT_ROOT = '/etc/ssh/sshd_config.d/01-permitrootlogin.conf';

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
          ...(root.allowSsh
            ? [file(root.node.line.number, PERMIT_ROOT, 0o600, 'PermitRootLogin yes\n')]
            : []),
        ]
      : []),
    ...users.map(
      ({ node, name, groups: member, password, locked, uid, gid, home, shell, gecos }): InstallStep => {
        const numbered = list(node.values, 'groups').find((group) => group.includes('('));
        if (numbered !== undefined)
          refusals.add(node, {
            ...{
              code: 'not-compiled',
              message: `${numbered}: a group has its number elsewhere`,
              field: 'groups',
            },
            mend: 'declare it before: group --name=… --gid=…',
          });
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
