/**
 * What a plan makes of each command and section of the language: every name of the tables is here, whatever the
 * release. Fields are those of the tables; a field that is in neither list is refused where it is given.
 */
export type Coverage =
  | {
      is: 'compiled';
      /** Fields that change steps. */
      fields: readonly string[];
      /** Fields that could change nothing, with the reason. */
      inert?: Readonly<Record<string, string>>;
    }
  /** Nothing follows from it for the machine that is installed, but from these fields something would. */
  | { is: 'inert'; why: string; except?: readonly string[] }
  | { is: 'refused'; why: string; mend: string };

const compiled = (fields: string, inert?: Readonly<Record<string, string>>): Coverage => ({
  ...{ is: 'compiled', fields: fields.split(' ').filter((field) => field !== '') },
  ...(inert ? { inert } : {}),
});
const inert = (why: string, ...except: string[]): Coverage => ({ is: 'inert', why, except });
const refused = (why: string, mend: string): Coverage => ({ is: 'refused', why, mend });

const encryption = 'encrypted passphrase luksVersion cipher pbkdf pbkdfMemory pbkdfTime pbkdfIterations';
const system = 'mountpoint fstype label fsoptions mkfsoptions noformat';
const size = 'size maxsize grow recommended hibernation resize';

const NOBODY = 'nobody sits before the machine';
const SOURCE = refused('a plan writes an image', 'use liveimg --url=… --checksum=SHA256');
const PACKAGES = refused(
  'the image brings its packages, and a plan installs none',
  'take it away, or build an image that has them',
);
const STORAGE = 'a plan writes to disks that the machine has by itself';
const ELSEWHERE = refused(STORAGE, 'have the firmware or the HBA connect it');
const POST = 'do it in %post';

export const COMMANDS: Readonly<Record<string, Coverage>> = {
  // Storage.
  autopart: compiled(`${encryption} fstype type noboot nohome noswap nolvm hibernation`),
  btrfs: refused('a plan makes no Btrfs', 'use part or logvol with xfs or ext4'),
  clearpart: compiled('what initlabel disklabel drives'),
  dmraid: ELSEWHERE,
  fcoe: ELSEWHERE,
  ignoredisk: compiled('drives onlyUse'),
  iscsi: ELSEWHERE,
  iscsiname: ELSEWHERE,
  logvol: compiled(
    `${encryption} ${system} ${size} name vgname poolname chunksize metadatasize percent thin thinpool useexisting`,
  ),
  mount: refused('a plan keeps nothing that is on the disks already', 'use part, raid and logvol'),
  multipath: ELSEWHERE,
  nvdimm: ELSEWHERE,
  part: compiled(`${encryption} ${system} ${size} ondisk onpart`, {
    asprimary: 'GPT has no others',
    active: 'GPT has no such mark',
  }),
  raid: compiled(`${encryption} ${system} device level members chunksize spares useexisting`),
  reqpart: compiled('addBoot'),
  snapshot: refused('a plan makes no snapshots', POST),
  volgroup: compiled('words pesize reservedPercent reservedSpace noformat useexisting'),
  zerombr: inert('disks that are written to get a new label anyway'),
  zfcp: ELSEWHERE,

  // Networks.
  firewall: compiled('enabled services ports removeService trust useSystemDefaults'),
  network: compiled(
    'bootproto device hostname ip netmask gateway nameserver mtu ipv6 ipv6gateway ipv4DnsSearch ipv6DnsSearch ' +
      'bondslaves bondopts bridgeslaves bridgeopts vlanid interfacename dhcpclass onboot noipv4 noipv6 nodefroute ' +
      'nodns ipv4IgnoreAutoDns ipv6IgnoreAutoDns',
    {
      activate: 'the network that the plan comes over is up',
      notksdevice: 'the plan has come already',
    },
  ),
  rdp: refused(`${NOBODY}, and a plan shows no screen`, 'leave it away'),
  realm: refused('a plan joins no realm', POST),
  rhsm: refused('a plan registers with no subscription service', POST),
  timesource: compiled('ntpServer ntpPool ntpDisable nts'),
  vnc: refused(`${NOBODY}, and a plan shows no screen`, 'leave it away'),

  // Sources.
  bootc: SOURCE,
  cdrom: SOURCE,
  driverdisk: refused(
    'the image’s kernel has the drivers that there are',
    'build an image that has the driver',
  ),
  harddrive: SOURCE,
  hmc: SOURCE,
  install: inert('the source says it'),
  liveimg: compiled('url proxy checksum'),
  mediacheck: inert('the image is compared with its checksum'),
  method: SOURCE,
  module: PACKAGES,
  nfs: SOURCE,
  ostreecontainer: SOURCE,
  ostreesetup: SOURCE,
  repo: PACKAGES,
  updates: refused('updates are for the distribution’s installer', 'leave it away'),
  url: SOURCE,

  // The system, and the installer itself.
  auth: refused('a plan sets no sources of accounts up', POST),
  authconfig: refused('a plan sets no sources of accounts up', POST),
  authselect: refused('a plan sets no sources of accounts up', POST),
  autostep: inert(NOBODY),
  bootloader: compiled('append bootDrive location timeout disabled'),
  cmdline: inert(NOBODY),
  device: refused('the image’s kernel finds its devices', 'leave it away'),
  deviceprobe: refused('the image’s kernel finds its devices', 'leave it away'),
  eula: inert(NOBODY),
  firstboot: inert('the image has no dialogue of a first boot'),
  graphical: inert(NOBODY),
  group: compiled('name gid'),
  halt: compiled('eject kexec'),
  keyboard: compiled('layouts vckeymap xlayouts switch'),
  lang: compiled('lang', { addsupport: 'an image has the languages that it has' }),
  logging: inert('a plan tells everything to the service', 'host', 'port'),
  poweroff: compiled('eject kexec'),
  reboot: compiled('eject kexec'),
  rescue: refused('a plan installs', 'use a template that looks into the system'),
  rootpw: compiled('password iscrypted lock allowSsh'),
  selinux: compiled('mode'),
  services: compiled('enabled disabled'),
  shutdown: compiled('eject kexec'),
  skipx: inert('an image has the target that it has'),
  sshkey: compiled('key username'),
  sshpw: refused('nobody logs in to what carries a plan out', 'leave it away'),
  syspurpose: refused('a plan registers with no subscription service', POST),
  text: inert(NOBODY),
  timezone: compiled('zones utc nontp ntpservers'),
  user: compiled('name password homedir shell gecos groups uid gid iscrypted lock'),
  xconfig: refused('the image has no X', 'leave it away'),
  zipl: refused('a plan boots by GRUB', 'leave it away'),
};

const script = 'interpreter log erroronfail';

export const SECTIONS: Readonly<Record<string, Coverage>> = {
  '%pre': compiled(script),
  '%pre-install': compiled(script),
  '%post': compiled(`${script} nochroot`),
  '%onerror': compiled(script),
  '%traceback': inert('it is run when the distribution’s installer breaks, and that one carries no plan out'),
  '%packages': PACKAGES,
  '%certificate': refused('a plan trusts what the image trusts', 'write the file in %post'),
  '%addon': refused('add-ons are the distribution’s installer’s', POST),
  '%anaconda': refused('it is about the distribution’s installer', 'take it away'),
};

/** What becomes of a field: undefined where the plan has nothing for it. */
export function coverageOf(coverage: Coverage, field: string): 'compiled' | 'inert' | undefined {
  if (coverage.is === 'inert') return coverage.except?.includes(field) ? undefined : 'inert';
  if (coverage.is === 'refused') return undefined;
  if (coverage.fields.includes(field)) return 'compiled';
  return coverage.inert?.[field] === undefined ? undefined : 'inert';
}
