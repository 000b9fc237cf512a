import type { Values } from '../arguments.ts';
import type { CommandNode } from '../nodes.ts';
import { flag, known, list, number, text } from './fields.ts';
import type {
  Automatic,
  Encryption,
  FileSystem,
  Partition,
  Raid,
  Sized,
  Storage,
  Volume,
  VolumeGroup,
} from './shapes.ts';

/** The part of a document that is about disks. */
export function storageOf(commands: readonly CommandNode[]): Storage {
  const all = (name: string) => commands.filter((node) => node.name === name);
  const last = (name: string) => commands.findLast((node) => node.name === name);
  const [clear, ignore, automatic, required] = ['clearpart', 'ignoredisk', 'autopart', 'reqpart'].map(last);
  return known({
    zerombr: last('zerombr'),
    clear: clear && {
      ...known({ what: text(clear.values, 'what'), label: text(clear.values, 'disklabel') }),
      disks: list(clear.values, 'drives').map(diskName),
      partitions: list(clear.values, 'partitions'),
      init: flag(clear.values, 'initlabel') || text(clear.values, 'disklabel') !== undefined,
      node: clear,
    },
    ignored: ignore ? list(ignore.values, 'drives').map(diskName) : [],
    only:
      ignore && list(ignore.values, 'onlyUse').length > 0
        ? list(ignore.values, 'onlyUse').map(diskName)
        : undefined,
    automatic: automatic && automaticOf(automatic),
    required: required && { boot: flag(required.values, 'addBoot'), node: required },
    partitions: all('part').map(partitionOf),
    raids: all('raid').map(raidOf),
    groups: all('volgroup').map(groupOf),
    volumes: all('logvol').map(volumeOf),
    mounts: all('mount').map((node) => ({
      device: text(node.values, 'device') ?? '',
      mountpoint: text(node.values, 'mountpoint') ?? '',
      ...known({ reformat: node.values.reformat as string | true | undefined }),
      node,
    })),
  });
}

/** /dev/sda is sda; what stands below /dev/disk keeps its path. */
export function diskName(name: string): string {
  return name.replace(/^\/dev\//, '');
}

function encryptionOf(values: Values): { encryption?: Encryption } {
  if (!flag(values, 'encrypted')) return {};
  return {
    encryption: known({
      passphrase: text(values, 'passphrase'),
      version: text(values, 'luksVersion'),
      cipher: text(values, 'cipher'),
      pbkdf: text(values, 'pbkdf'),
      pbkdfMemory: number(values, 'pbkdfMemory'),
      pbkdfTime: number(values, 'pbkdfTime'),
      pbkdfIterations: number(values, 'pbkdfIterations'),
    }),
  };
}

function fileSystemOf(node: CommandNode): FileSystem {
  const { values } = node;
  return {
    mountpoint: text(values, 'mountpoint') ?? '',
    format: !flag(values, 'noformat'),
    ...encryptionOf(values),
    ...known({
      type: text(values, 'fstype'),
      label: text(values, 'label'),
      mountOptions: text(values, 'fsoptions'),
      mkfsOptions: text(values, 'mkfsoptions'),
      profile: text(values, 'fsprofile'),
    }),
    node,
  };
}

function sizedOf(values: Values): Sized {
  const chosen = flag(values, 'hibernation')
    ? 'hibernation'
    : flag(values, 'recommended')
      ? 'recommended'
      : undefined;
  return {
    ...known({ size: number(values, 'size'), maxsize: number(values, 'maxsize'), chosen }),
    grow: flag(values, 'grow'),
    resize: flag(values, 'resize'),
  } as Sized;
}

function partitionOf(node: CommandNode): Partition {
  const { values } = node;
  const disk = text(values, 'ondisk');
  return {
    ...fileSystemOf(node),
    ...sizedOf(values),
    ...known({ disk: disk && diskName(disk), existing: text(values, 'onpart') }),
    primary: flag(values, 'asprimary'),
  };
}

function raidOf(node: CommandNode): Raid {
  const { values } = node;
  const device = text(values, 'device') ?? '';
  return {
    ...fileSystemOf(node),
    // EL8 takes md0 as 0.
    device: /^\d+$/.test(device) ? `md${device}` : diskName(device).replace(/^md\//, ''),
    members: list(values, 'members'),
    spares: number(values, 'spares') ?? 0,
    existing: flag(values, 'useexisting'),
    ...known({ level: text(values, 'level'), chunk: number(values, 'chunksize') }),
  };
}

function groupOf(node: CommandNode): VolumeGroup {
  const { values } = node;
  return {
    name: text(values, 'name') ?? '',
    members: list(values, 'members'),
    extent: number(values, 'pesize') ?? 0,
    existing: flag(values, 'useexisting') || flag(values, 'noformat'),
    ...known({
      reservedSpace: number(values, 'reservedSpace'),
      reservedPercent: number(values, 'reservedPercent'),
    }),
    node,
  };
}

function volumeOf(node: CommandNode): Volume {
  const { values } = node;
  const kind = flag(values, 'thinpool') ? 'thin-pool' : flag(values, 'thin') ? 'thin' : 'linear';
  return {
    ...fileSystemOf(node),
    ...sizedOf(values),
    name: text(values, 'name') ?? '',
    group: text(values, 'vgname') ?? '',
    kind,
    cached: list(values, 'cachepvs').length > 0,
    existing: flag(values, 'useexisting') || flag(values, 'noformat'),
    ...known({
      percent: number(values, 'percent'),
      pool: text(values, 'poolname'),
      metadata: number(values, 'metadatasize'),
      chunk: number(values, 'chunksize'),
    }),
  };
}

function automaticOf(node: CommandNode): Automatic {
  const { values } = node;
  const layout = flag(values, 'nolvm') ? 'plain' : (text(values, 'type') ?? 'lvm');
  return {
    layout: layout as Automatic['layout'],
    ...encryptionOf(values),
    ...known({ type: text(values, 'fstype') }),
    home: !flag(values, 'nohome'),
    boot: !flag(values, 'noboot'),
    swap: !flag(values, 'noswap'),
    hibernation: flag(values, 'hibernation'),
    node,
  };
}
