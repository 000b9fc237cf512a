import { between, isGiven, needs, notTogether, oneOf, type Rule, rule } from './rule.ts';

const encryption: readonly Rule[] = [notTogether('pbkdfTime', 'pbkdfIterations')];
const noBtrfs = rule(
  'btrfs-unsupported',
  'fstype',
  'btrfs is not supported',
  'use xfs or ext4',
  (values) => values.fstype === 'btrfs' || String(values.mountpoint).startsWith('btrfs.'),
);
const making: readonly Rule[] = [
  notTogether('mkfsoptions', 'fsprofile'),
  rule(
    'option-useless',
    'mkfsoptions',
    '--mkfsoptions has no effect with --noformat',
    'take one of them away',
    (values) => isGiven(values, 'mkfsoptions') && isGiven(values, 'noformat'),
  ),
];
const resizing = (existing: string, how: string): readonly Rule[] => [
  rule(
    'option-incomplete',
    'resize',
    `--resize is for what is there already, which ${how} names`,
    `add ${how}`,
    (values) => isGiven(values, 'resize') && !isGiven(values, existing),
  ),
  rule(
    'option-incomplete',
    'resize',
    '--resize needs the new size',
    'add --size',
    (values) => isGiven(values, 'resize') && !isGiven(values, 'size'),
  ),
];
const isCached = (values: Parameters<Rule>[0]) =>
  ['cachesize', 'cachemode', 'cachepvs'].some((field) => isGiven(values, field));
const isExisting = (values: Parameters<Rule>[0]) =>
  isGiven(values, 'useexisting') || isGiven(values, 'noformat');

const logvol: readonly Rule[] = [
  ...encryption,
  noBtrfs,
  ...making,
  ...resizing('useexisting', '--useexisting'),
  between('percent', 0, 100),
  needs('thin', 'poolname'),
  notTogether('thin', 'thinpool'),
  rule(
    'option-misplaced',
    'chunksize',
    '--chunksize and --metadatasize are for thin pools',
    'add --thinpool, or leave them away',
    (values) =>
      (isGiven(values, 'chunksize') || isGiven(values, 'metadatasize')) && !isGiven(values, 'thinpool'),
  ),
  rule(
    'size-absent',
    undefined,
    'a new logical volume needs a size',
    'add --size, --percent, --recommended or --hibernation; or --useexisting',
    (values) =>
      !isExisting(values) &&
      !['size', 'percent', 'recommended', 'hibernation'].some((field) => isGiven(values, field)),
  ),
  rule(
    'cache-incomplete',
    'cachesize',
    'a cache needs --cachepvs and --cachesize',
    'add what is missing',
    (values) => isCached(values) && !(isGiven(values, 'cachepvs') && isGiven(values, 'cachesize')),
  ),
  rule(
    'cache-impossible',
    'cachepvs',
    'only new volumes that are not thin can be cached',
    'leave the cache away',
    (values) => isCached(values) && (isExisting(values) || isGiven(values, 'thin')),
  ),
  rule(
    'value-invalid',
    'cachemode',
    `--cachemode is neither writeback nor writethrough`,
    'use one of these',
    (values) =>
      isGiven(values, 'cachemode') && !['writeback', 'writethrough'].includes(String(values.cachemode)),
  ),
];

const part: readonly Rule[] = [
  ...encryption,
  noBtrfs,
  ...making,
  ...resizing('onpart', '--onpart'),
  rule(
    'options-exclusive',
    'fstype',
    'a tmpfs neither grows nor has a largest size',
    'give --size alone',
    (values) => values.fstype === 'tmpfs' && (isGiven(values, 'grow') || isGiven(values, 'maxsize')),
  ),
];

const raid: readonly Rule[] = [
  ...encryption,
  noBtrfs,
  ...making,
  rule(
    'argument-absent',
    undefined,
    'a new RAID device needs --level',
    'add --level=0, 1, 4, 5, 6 or 10',
    (values) => !isGiven(values, 'level') && !isGiven(values, 'useexisting'),
  ),
  rule(
    'argument-absent',
    'device',
    '--device is empty',
    'name the RAID device',
    (values) => values.device === '',
  ),
  rule(
    'argument-absent',
    undefined,
    'a new RAID device needs members',
    'name its partitions',
    (values) => !isGiven(values, 'members') && !isGiven(values, 'useexisting'),
  ),
  rule(
    'members-unexpected',
    'members',
    'a RAID device that exists has its members already',
    'leave them or --useexisting away',
    (values) => isGiven(values, 'members') && isGiven(values, 'useexisting'),
  ),
];

const volgroup: readonly Rule[] = [
  rule(
    'argument-absent',
    undefined,
    'the volume group has no name',
    'name it first',
    (values) => !isGiven(values, 'words'),
  ),
  rule(
    'argument-absent',
    undefined,
    'a new volume group needs physical volumes',
    'name its partitions',
    (values) => (values.words as string[]).length === 1 && !isExisting(values),
  ),
  rule(
    'members-unexpected',
    'words',
    'a volume group that exists has its physical volumes already',
    'leave them or --useexisting away',
    (values) => (values.words as string[]).length > 1 && isExisting(values),
  ),
  between('reservedSpace', 0, Number.MAX_SAFE_INTEGER),
  between('reservedPercent', 1, 99),
];

const mount: readonly Rule[] = [needs('mkfsoptions', 'reformat')];

const nvdimm: readonly Rule[] = [
  rule(
    'value-invalid',
    'action',
    'nvdimm knows reconfigure and use',
    'begin with one of them',
    (values) => values.action !== undefined && !['reconfigure', 'use'].includes(String(values.action)),
  ),
  rule(
    'argument-absent',
    undefined,
    'nvdimm reconfigure needs --namespace',
    'add it',
    (values) => values.action === 'reconfigure' && !isGiven(values, 'namespace'),
  ),
  notTogether('namespace', 'blockdevs'),
  rule(
    'argument-absent',
    undefined,
    'nvdimm use needs --namespace or --blockdevs',
    'add one of them',
    (values) => values.action === 'use' && !isGiven(values, 'namespace') && !isGiven(values, 'blockdevs'),
  ),
];

const zfcp = rule(
  'option-incomplete',
  undefined,
  '--wwpn and --fcplun belong together',
  'give both or none',
  (values, release) => release !== 'el8' && isGiven(values, 'wwpn') !== isGiven(values, 'fcplun'),
);

export const storageRules: Readonly<Record<string, readonly Rule[]>> = {
  autopart: [
    ...encryption,
    rule(
      'btrfs-unsupported',
      'fstype',
      'btrfs is not supported',
      'use xfs or ext4',
      (v) => v.fstype === 'btrfs',
    ),
  ],
  ignoredisk: [
    notTogether('drives', 'onlyUse'),
    oneOf('drives', 'onlyUse'),
    rule('option-removed', 'interactive', '--interactive is gone', 'name the disks', (v) =>
      isGiven(v, 'interactive'),
    ),
  ],
  logvol,
  mount,
  nvdimm,
  part,
  raid,
  snapshot: [
    rule(
      'value-invalid',
      'origin',
      'the origin of a snapshot is VOLUMEGROUP/VOLUME',
      'write both names',
      (v) => v.origin !== undefined && !/^[^/]+\/[^/]+$/.test(String(v.origin)),
    ),
  ],
  volgroup,
  zfcp: [zfcp],
};
