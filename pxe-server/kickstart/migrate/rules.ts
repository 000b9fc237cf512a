import { list, text } from '../document/fields.ts';
import type { CommandNode, SectionNode } from '../nodes.ts';
import { type Release, releaseTitle } from '../releases.ts';
import { quoteWord } from '../words.ts';
import type { Editor } from './edit.ts';
import { teamAsBond } from './team.ts';

/** What becomes of a command on the way to a release. */
export interface CommandStep {
  command: string;
  /** The first release that wants it so. */
  since: Release;
  /** Only lines that have this value. */
  has?: string;
  apply: (node: CommandNode, edit: Editor, to: Release) => void;
}

const without = (field: string, option: string, why: string) => (node: CommandNode, edit: Editor) => {
  edit.drop(node, field);
  edit.change(node, `${option} taken away: ${why}`);
};
const gone = (why: string) => (node: CommandNode, edit: Editor) => {
  edit.remove(node);
  edit.change(node, `${node.name} taken away: ${why}`);
};
const disabled = (decision: string) => (node: CommandNode, edit: Editor, to: Release) => {
  const { number } = node.line;
  edit.disable(number, number, `not in ${releaseTitle(to)}:`);
  edit.decide(number, decision);
};

export const commandSteps: readonly CommandStep[] = [
  { command: 'install', since: 'el8', apply: gone('the source alone says it') },
  ...['device', 'deviceprobe', 'dmraid', 'multipath', 'autostep'].map((command) => ({
    ...{ command, since: 'el8' as const },
    apply: gone('it has no effect since EL8'),
  })),
  {
    command: 'btrfs',
    since: 'el8',
    apply: disabled('btrfs has been without effect since EL8: which file system instead?'),
  },
  {
    command: 'method',
    since: 'el9',
    apply: disabled('name the source itself: url, nfs, cdrom, harddrive or liveimg'),
  },
  { command: 'auth', since: 'el9', apply: authselect },
  { command: 'authconfig', since: 'el9', apply: authselect },
  {
    ...{ command: 'bootloader', since: 'el9', has: 'upgrade' },
    apply: without('upgrade', '--upgrade', 'installers upgrade nothing'),
  },
  {
    ...{ command: 'bootloader', since: 'el9', has: 'append' },
    apply: crashkernel,
  },
  {
    ...{ command: 'part', since: 'el9', has: 'active' },
    apply: without('active', '--active', 'the boot loader sets the mark itself'),
  },
  {
    ...{ command: 'harddrive', since: 'el9', has: 'biospart' },
    apply: disabled('the BIOS names no partition any more: harddrive --partition=?'),
  },
  {
    ...{ command: 'logging', since: 'el9', has: 'level' },
    apply: without('level', '--level', 'everything is logged'),
  },
  {
    ...{ command: 'repo', since: 'el9', has: 'ignoregroups' },
    apply: without('ignoregroups', '--ignoregroups', 'it has no effect'),
  },
  { command: 'timezone', since: 'el9', apply: timezone },
  { command: 'rootpw', since: 'el9', has: 'password', apply: rootBySsh },
  {
    ...{ command: 'network', since: 'el10', has: 'teamslaves' },
    apply: teamAsBond,
  },
  {
    ...{ command: 'nvdimm', since: 'el10' },
    apply: disabled('set the namespaces up with ndctl before, or in %pre'),
  },
  {
    ...{ command: 'vnc', since: 'el10' },
    apply: disabled('the installer is watched by rdp --username=… --password=… now: who may?'),
  },
  {
    ...{ command: 'module', since: 'el9' },
    apply: (node, edit, to) =>
      edit.decide(
        node.line.number,
        `${releaseTitle(to)} has other application streams: is ${text(node.values, 'name')} one?`,
      ),
  },
  ...(['url', 'repo', 'nfs'] as const).map((command) => ({
    ...{ command, since: 'el9' as const },
    apply: otherSource,
  })),
];

/** Words of the old program that say what is so anyway. */
const USUAL = /^(--enableshadow|--useshadow|--passalgo=sha512|--enablemd5)$/;

function authselect(node: CommandNode, edit: Editor): void {
  const words = node.words.slice(1).map((word) => word.text);
  if (words.every((word) => USUAL.test(word))) {
    edit.remove(node);
    edit.change(node, `${node.name} taken away: what it asks for is so anyway`);
  } else
    disabled('write the same as authselect select PROFILE FEATURE…: authselect-migration(7)')(
      node,
      edit,
      'el10',
    );
}

function timezone(node: CommandNode, edit: Editor): void {
  if (node.words.some(({ text }) => text === '--isUtc')) {
    edit.replace(node, 'utc', '--utc');
    edit.change(node, '--isUtc is --utc');
  }
  const servers = list(node.values, 'ntpservers');
  if (node.at.has('ntpservers')) {
    edit.drop(node, 'ntpservers');
    for (const server of servers) edit.after(node, `timesource --ntp-server=${quoteWord(server)}`);
    edit.change(node, '--ntpservers is timesource --ntp-server, a line for each');
  }
  if (node.at.has('nontp')) {
    edit.drop(node, 'nontp');
    edit.after(node, 'timesource --ntp-disable');
    edit.change(node, '--nontp is timesource --ntp-disable');
  }
}

/** EL9 knows no crashkernel=auto; this is what its own kdump asks for. */
const CRASHKERNEL = 'crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M';

function crashkernel(node: CommandNode, edit: Editor): void {
  const append = text(node.values, 'append') ?? '';
  if (!/(^|\s)crashkernel=auto(\s|$)/.test(append)) return;
  edit.replace(node, 'append', quoteWord(`--append=${append.replace('crashkernel=auto', CRASHKERNEL)}`));
  edit.change(node, `crashkernel=auto is ${CRASHKERNEL}`);
}

function rootBySsh(node: CommandNode, edit: Editor): void {
  if (node.values.lock === true || node.values.allowSsh === true) return;
  const message = 'from EL9 root cannot log in over SSH by password: add --allow-ssh, or better an sshkey?';
  edit.decide(node.line.number, message);
}

function otherSource(node: CommandNode, edit: Editor, to: Release): void {
  const words = node.words.map((word) => word.text).join(' ');
  const own = to.slice(2);
  const others = ['7', '8', '9', '10'].filter((number) => number !== own);
  const named = new RegExp(
    `(^|[/._-]|el|rhel|centos)(${others.join('|')})(\\.\\d+|-stream)?(?=[/._\\s-]|$)`,
    'i',
  ).test(words.replace(/\d+\.\d+\.\d+\.\d+/g, ''));
  if (!named) return;
  edit.decide(
    node.line.number,
    `this looks like the source of another release: where is that of ${releaseTitle(to)}?`,
  );
}

/** Packages that a release has no more. */
const GONE: Readonly<Record<string, Release>> = {
  'network-scripts': 'el9',
  python2: 'el9',
  python36: 'el9',
  'authselect-compat': 'el10',
  'dhcp-client': 'el10',
  teamd: 'el10',
  'NetworkManager-team': 'el10',
  'xorg-x11-server-Xorg': 'el10',
};

/** What scripts rely on that has gone. */
const RELIED: readonly { pattern: RegExp; since: Release; message: string }[] = [
  {
    ...{ pattern: /\/etc\/sysconfig\/network-scripts\/|\bif(up|down)\b/, since: 'el9' },
    message: 'networks are NetworkManager’s keyfiles now: write with nmcli what goes into ifcfg files here?',
  },
  { pattern: /\bauthconfig\b/, since: 'el10', message: 'there is no authconfig: authselect instead?' },
  {
    pattern: /\bteamdctl\b|\bteamnl\b/,
    since: 'el10',
    message: 'there are no team devices: a bond instead?',
  },
  {
    pattern: /\/usr\/bin\/python(2\S*)?(\s|$)/,
    since: 'el8',
    message: 'there is no python 2: python3 instead?',
  },
];

export function migrateSection(
  node: SectionNode,
  edit: Editor,
  to: Release,
  reached: (since: Release) => boolean,
): void {
  if (node.name === '%packages') {
    renamed(node, edit, 'instLangs', '--instLangs', '--inst-langs');
    renamed(node, edit, 'excludeWeakdeps', '--excludeWeakdeps', '--exclude-weakdeps');
    for (const { excluded, what, name, place } of node.packages ?? [])
      if (!excluded && what === 'package' && GONE[name] && reached(GONE[name]))
        edit.decide(place.line, `${releaseTitle(to)} has no package ${name}: what instead?`);
  }
  if (node.name === '%anaconda' && reached('el9')) {
    const last = node.body.at(-1)?.number ?? node.line.number;
    edit.disable(node.line.number, last + 1, `not in ${releaseTitle(to)}:`);
    edit.decide(
      node.line.number,
      'policies for passwords are set in files of the installer now: are they needed?',
    );
  }
  for (const { number, text } of node.name === '%packages' ? [] : node.body)
    for (const { pattern, since, message } of RELIED)
      if (reached(since) && !text.trimStart().startsWith('#') && pattern.test(text))
        edit.decide(number, message);
}

function renamed(node: SectionNode, edit: Editor, field: string, from: string, to: string): void {
  const word = node.at.get(field);
  if (!word?.text.startsWith(from)) return;
  edit.replace(node, field, quoteWord(`${to}${word.text.slice(from.length)}`) + spaced(node, field));
  edit.change(node, `${from} is ${to}`);
}

/** The value, where it stands in a word of its own. */
function spaced(node: SectionNode, field: string): string {
  const word = node.at.get(field)!;
  if (field !== 'instLangs' || word.text.includes('=')) return '';
  const value = node.words[node.words.indexOf(word) + 1];
  return value ? ` ${quoteWord(value.text)}` : '';
}
