import type { Document, FileSystem, Storage } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode } from '../nodes.ts';
import { FORMATS, isMember, LABELS, LUKS, ON_ROOT, PBKDF, SPECIAL } from './facts.ts';
import { tell } from './tell.ts';

/** Whether what is put on the disks can be a system: formats, mount points, the root, what it boots from. */
export function layoutFindings(document: Document): Finding[] {
  const { storage } = document;
  const systems = fileSystems(storage);
  return [
    ...systems.flatMap(formatFindings),
    ...encryptionFindings(storage),
    ...systems.flatMap(mountpointFindings),
    ...mountedTwice(storage),
    ...rootFindings(document),
    ...bootFindings(document),
    ...clearFindings(storage),
  ];
}

export const fileSystems = ({ partitions, raids, volumes }: Storage): FileSystem[] => [
  ...partitions,
  ...raids,
  ...volumes,
];

function formatFindings({ node, type }: FileSystem): Finding[] {
  if (type === undefined || FORMATS.has(type)) return [];
  const message = `no installer makes a file system ${type}`;
  return [
    tell(node, {
      code: 'format-unknown',
      message,
      mend: 'use xfs, ext4, vfat, efi or swap',
      field: 'fstype',
    }),
  ];
}

function encryptionFindings(storage: Storage): Finding[] {
  const all = [...fileSystems(storage), ...(storage.automatic ? [storage.automatic] : [])];
  return all.flatMap(({ node, encryption }) => {
    if (!encryption) return [];
    const { passphrase, version, pbkdf } = encryption;
    const found: Finding[] = [];
    if (passphrase === undefined && node.at.get('escrowcert') === undefined)
      found.push(
        tell(node, {
          ...{ code: 'passphrase-absent', severity: 'warning', field: 'encrypted' },
          ...{ message: 'without a passphrase the installer stops and asks', mend: 'add --passphrase' },
        }),
      );
    if (version !== undefined && !LUKS.has(version))
      found.push(
        tell(node, {
          ...{ code: 'value-invalid', field: 'luksVersion', message: `there is no LUKS version ${version}` },
          mend: 'use luks2 or luks1',
        }),
      );
    if (pbkdf !== undefined && (!PBKDF.has(pbkdf) || (version === 'luks1' && pbkdf !== 'pbkdf2')))
      found.push(
        tell(node, {
          ...{
            code: 'value-invalid',
            field: 'pbkdf',
            message: `${version ?? 'LUKS'} has no function ${pbkdf}`,
          },
          mend: version === 'luks1' ? 'use pbkdf2' : 'use argon2id, argon2i or pbkdf2',
        }),
      );
    return found;
  });
}

function mountpointFindings({ node, mountpoint, ...rest }: FileSystem): Finding[] {
  const isPool = 'kind' in rest && rest.kind === 'thin-pool';
  if (isPool || SPECIAL.has(mountpoint) || isMember(mountpoint)) return [];
  const wrong = mountpointProblem(mountpoint);
  if (!wrong) return [];
  return [tell(node, { code: 'mountpoint-impossible', ...wrong, field: 'mountpoint' })];
}

function mountpointProblem(mountpoint: string): { message: string; mend: string } | undefined {
  if (!mountpoint.startsWith('/'))
    return {
      message: `${mountpoint || '""'} is no mount point`,
      mend: 'write a path from /, or swap, biosboot, pv.N, raid.N',
    };
  if (ON_ROOT.has(mountpoint.replace(/(.)\/+$/, '$1')))
    return { message: `${mountpoint} has to be on the root file system`, mend: 'leave it there' };
  if (
    /\/\/|\/\.\.?(\/|$)|[\s\x00-\x1f]/.test(mountpoint) ||
    (mountpoint.length > 1 && mountpoint.endsWith('/'))
  )
    return {
      message: `${mountpoint} is not written plainly`,
      mend: 'no //, no . or .., no blank, no / at the end',
    };
  return undefined;
}

function mountedTwice(storage: Storage): Finding[] {
  const seen = new Map<string, CommandNode>();
  return [...fileSystems(storage), ...storage.mounts].flatMap(({ mountpoint, node }) => {
    if (SPECIAL.has(mountpoint) || mountpoint === '') return [];
    const first = seen.get(mountpoint);
    seen.set(mountpoint, first ?? node);
    if (!first) return [];
    const message = `${mountpoint} is taken already, in line ${first.line.number}`;
    return [tell(node, { code: 'name-twice', message, mend: 'keep one of them', field: 'mountpoint' })];
  });
}

function rootFindings({ storage, last, unseen }: Document): Finding[] {
  const mounted = [...fileSystems(storage), ...storage.mounts];
  const first = mounted[0]?.node ?? storage.groups[0]?.node;
  if (!first || storage.automatic || last.has('rescue') || unseen.length > 0) return [];
  if (mounted.some(({ mountpoint }) => mountpoint === '/')) return [];
  return [
    tell(first, {
      code: 'root-absent',
      message: 'nothing is mounted on /',
      mend: 'add a part, raid or logvol for /',
    }),
  ];
}

/** The boot loader reads neither logical volumes nor what is encrypted. */
function bootFindings({ storage, bootloader }: Document): Finding[] {
  if (bootloader?.disabled || bootloader?.location === 'none') return [];
  const systems = fileSystems(storage);
  const boot = systems.find(({ mountpoint }) => mountpoint === '/boot');
  if (!boot && storage.required?.boot) return [];
  const holds = boot ?? systems.find(({ mountpoint }) => mountpoint === '/');
  if (!holds) return [];
  const what = boot ? '/boot' : 'without a /boot of its own, /';
  if (storage.volumes.some((volume) => volume === holds))
    return [
      tell(holds.node, {
        ...{ code: 'boot-unreadable', message: `${what} cannot be on a logical volume` },
        ...{ mend: 'add part /boot --size=1024', field: 'mountpoint' },
      }),
    ];
  if (!holds.encryption) return [];
  const told = { message: `${what} cannot be encrypted`, mend: 'keep /boot apart, in clear' };
  return [tell(holds.node, { code: 'boot-unreadable', ...told, field: 'encrypted' })];
}

function clearFindings({ clear }: Storage): Finding[] {
  if (!clear) return [];
  const { node, label } = clear;
  const found: Finding[] = [];
  const whats = node.words.filter(({ text }) => /^--(all|none|linux)$/.test(text)).map(({ text }) => text);
  const several = [...new Set(whats)];
  if (several.length > 1)
    found.push(
      tell(node, {
        ...{
          code: 'options-exclusive',
          message: `${several.join(' and ')} exclude each other`,
          field: 'what',
        },
        ...{ mend: 'keep one of them', severity: several.includes('--none') ? 'error' : 'warning' },
      }),
    );
  if (label !== undefined && !LABELS.has(label))
    found.push(
      tell(node, {
        ...{ code: 'value-invalid', message: `there is no disk label ${label}`, field: 'disklabel' },
        mend: 'use gpt or mbr',
      }),
    );
  return found;
}
