import { isDeepStrictEqual } from 'node:util';
import type { Values } from '../../../pxe-server/kickstart/arguments.ts';
import type { TeamMember } from '../../../pxe-server/kickstart/values.ts';

/** A value of the reference parser: our field, or what is made of our values. */
type Source = string | ((values: Values) => unknown);

const always = (value: unknown) => () => value;
/** A number for each of our words. */
const numbered = (field: string, words: readonly string[]) => (values: Values) =>
  values[field] === undefined ? null : words.indexOf(String(values[field]));
const not = (field: string) => (values: Values) => !values[field];
const alone = (field: string) => (values: Values) => [values[field]];

const encryption = {
  ...{ luks_version: 'luksVersion', pbkdf_memory: 'pbkdfMemory' },
  ...{ pbkdf_time: 'pbkdfTime', pbkdf_iterations: 'pbkdfIterations' },
};
const volume = {
  ...encryption,
  ...{ fsopts: 'fsoptions', mkfsopts: 'mkfsoptions', format: not('noformat'), mntpoint: alone('mountpoint') },
};
const password = { isCrypted: 'iscrypted', allow_ssh: 'allowSsh' };
const ending = (action: number) => ({ action: always(action) });
const display = (mode: number) => ({ displayMode: always(mode), nonInteractive: 'nonInteractive' });

/** The reference's names where they are not ours, by command. */
const NAMES: Readonly<Record<string, Readonly<Record<string, Source>>>> = {
  auth: { authconfig: 'options' },
  authconfig: { authconfig: 'options' },
  authselect: { authselect: 'options' },
  autopart: {
    ...encryption,
    autopart: always(true),
    typeMap: always({ lvm: 2, btrfs: 1, plain: 0, partition: 0, thinp: 3 }),
    type: numbered('type', ['plain', 'btrfs', 'lvm', 'thinp']),
    lvm: not('nolvm'),
  },
  bootc: {
    sourceImgRef: 'sourceImgref',
    targetImgRef: (values) => values.targetImgref ?? values.sourceImgref,
  },
  bootloader: { isCrypted: 'iscrypted', appendLine: 'append', bootDrive: 'bootDrive', md5pass: always('') },
  clearpart: {
    type: numbered('what', ['linux', 'all', 'none']),
    initAll: 'initlabel',
    devices: 'partitions',
  },
  cmdline: display(0),
  firewall: {
    ...{ trusts: 'trust', remove_services: 'removeService', use_system_defaults: 'useSystemDefaults' },
  },
  firstboot: { firstboot: numbered('firstboot', ['enabled', 'disabled', 'reconfig']) },
  graphical: display(1),
  halt: ending(0),
  ignoredisk: { ignoredisk: 'drives', onlyuse: 'onlyUse' },
  iscsi: { user_in: 'reverseUser', password_in: 'reversePassword' },
  iscsiname: { iscsiname: 'iqn' },
  keyboard: {
    ...{ vc_keymap: 'vckeymap', x_layouts: 'xlayouts', switch_options: 'switch' },
    kbd: (values) => (values.layout === undefined ? [] : [values.layout]),
  },
  logging: { level: (values) => values.level ?? 'info' },
  logvol: {
    ...volume,
    ...{ thin_pool: 'thinpool', thin_volume: 'thin', pool_name: 'poolname', chunk_size: 'chunksize' },
    ...{ metadata_size: 'metadatasize', cache_size: 'cachesize', cache_mode: 'cachemode' },
    ...{ cache_pvs: 'cachepvs', maxSizeMB: 'maxsize' },
    preexist: (values) => Boolean(values.useexisting || values.noformat),
  },
  module: { enable: not('disable') },
  mount: {
    ...{ mount_point: 'mountpoint', mkfs_opts: 'mkfsoptions', mount_opts: 'mountoptions' },
    format: (values) => (values.reformat === true ? '' : values.reformat),
    reformat: (values) => values.reformat !== undefined,
    mntpoint: alone('mountpoint'),
  },
  network: {
    bootProto: (values) => (values.noipv4 ? '' : values.bootproto),
    teamslaves: (values) =>
      ((values.teamslaves ?? []) as TeamMember[]).map(({ device, config }) => [device, config]),
    ...{ ipv4_dns_search: 'ipv4DnsSearch', ipv6_dns_search: 'ipv6DnsSearch' },
    ...{ ipv4_ignore_auto_dns: 'ipv4IgnoreAutoDns', ipv6_ignore_auto_dns: 'ipv6IgnoreAutoDns' },
  },
  ostreecontainer: {
    noSignatureVerification: 'noSignatureVerification',
    remote: (values) => values.remote ?? values.stateroot,
  },
  ostreesetup: { remote: (values) => values.remote ?? values.osname },
  part: {
    ...volume,
    ...{ primOnly: 'asprimary', maxSizeMB: 'maxsize', disk: 'ondisk', onPart: 'onpart' },
  },
  poweroff: ending(2),
  raid: { ...volume, preexist: 'useexisting', chunk_size: 'chunksize', partitions: 'members' },
  rdp: { enabled: always(true) },
  realm: { join_realm: 'realm', join_args: 'arguments', discover_options: 'discover' },
  reboot: ending(1),
  reqpart: { reqpart: always(true), addBoot: 'addBoot' },
  rescue: { rescue: always(true) },
  rhsm: {
    ...{ activation_keys: 'activationKey', connect_to_insights: 'connectToInsights' },
    ...{ server_hostname: 'serverHostname', rhsm_baseurl: 'rhsmBaseurl' },
    flatpak_registry_url: 'flatpakRegistryUrl',
  },
  rootpw: password,
  selinux: { selinux: numbered('mode', ['disabled', 'enforcing', 'permissive']) },
  shutdown: ending(2),
  skipx: { skipx: always(true) },
  snapshot: { when: numbered('when', ['post-install', 'pre-install']) },
  sshkey: { sshkey: alone('key') },
  sshpw: password,
  text: display(2),
  timesource: { ntp_server: 'ntpServer', ntp_pool: 'ntpPool', ntp_disable: 'ntpDisable' },
  timezone: { isUtc: 'utc', timezone: (values) => values.zone ?? [] },
  url: {
    exclusive_required_options: always([
      ['mirrorlist', '--mirrorlist'],
      ['url', '--url'],
      ['metalink', '--metalink'],
    ]),
  },
  user: password,
  vnc: { enabled: always(true) },
  volgroup: {
    ...{ vgname: 'name', physvols: 'members', partitions: 'members', name: alone('name') },
    ...{ reserved_space: 'reservedSpace', reserved_percent: 'reservedPercent' },
    preexist: (values) => Boolean(values.useexisting || values.noformat),
    format: not('noformat'),
  },
  xconfig: { startX: 'startxonboot' },
  zerombr: { zerombr: always(true) },
  zipl: { secure_boot: numbered('secureBoot', ['disabled', 'enabled', 'auto']) },
};

/** Where the reference's values differ from ours; empty texts, lists and noughts are the same as nothing. */
export function differingValues(name: string, values: Values, parsed: Record<string, unknown>): string[] {
  return Object.entries(parsed).flatMap(([key, expected]) => {
    const source = NAMES[name]?.[key] ?? key;
    const ours = typeof source === 'string' ? values[source] : source(values);
    const equal = isDeepStrictEqual(ours, expected) || (isNothing(ours) && isNothing(expected));
    return equal ? [] : [`${key}: ${JSON.stringify(expected)}, not ${JSON.stringify(ours)}`];
  });
}

function isNothing(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}
