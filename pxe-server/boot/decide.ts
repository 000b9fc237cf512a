import { type Sighting, TELL_APART } from '../hosts/match.ts';
import type { Replica, ReplicaHost, ReplicaImage, ReplicaInstaller } from '../roles/messages.ts';
import { resolveImage, resolveInstaller, resolveKickstart } from './resolve.ts';

export type Decision =
  | { kind: 'image'; host: ReplicaHost; image: ReplicaImage }
  /** Unknown machine: boots the default image with a token that is good for an inventory only. */
  | { kind: 'inventory'; host: ReplicaHost | null; image: ReplicaImage }
  /** Boots the installer, which installs the image as the kickstart says. */
  | {
      kind: 'kickstart';
      host: ReplicaHost;
      image: ReplicaImage;
      installer: ReplicaInstaller;
      template: string;
    }
  /** Known and not armed: boot what is on the disk. */
  | { kind: 'local'; host: ReplicaHost; why: string }
  | { kind: 'refuse'; host: ReplicaHost | null; code: RefusalCode; why: string }
  | { kind: 'ignore'; why: string };

export type RefusalCode =
  | 'ambiguous'
  | 'frozen'
  | 'no-image'
  | 'image-unknown'
  | 'no-installer'
  | 'kickstart-unknown';

/**
 * What a machine is given to boot: the same for DHCP, TFTP and HTTP. Pure; a table of its own in the tests.
 */
export function decide(replica: Replica, sighting: Sighting): Decision {
  const match = replica.hosts.match(sighting);
  if (match.kind === 'ambiguous') {
    const why = `it fits more than one host: ${match.hosts.join(', ')}; ${TELL_APART}`;
    return { kind: 'refuse', host: null, code: 'ambiguous', why };
  }
  if (match.kind === 'none') return unknownMachine(replica, null);
  const host = match.host;
  if (host.state === 'frozen') {
    const why = 'two machines claimed this host; release it after looking';
    return { kind: 'refuse', host, code: 'frozen', why };
  }
  if (!host.approved) return unknownMachine(replica, host);
  if (host.arm === 'off') return { kind: 'local', host, why: 'not armed' };
  const image = resolveImage(replica, host.image);
  if (!image) return noImage(replica, host, host.image);
  return host.kickstart ? installation(replica, host, image, host.kickstart) : { kind: 'image', host, image };
}

function installation(
  { kickstarts, installers }: Replica,
  host: ReplicaHost,
  image: ReplicaImage,
  wanted: string,
): Decision {
  const template = resolveKickstart(kickstarts, wanted);
  if (template === undefined)
    return { kind: 'refuse', host, code: 'kickstart-unknown', why: `no kickstart template ${wanted}` };
  const found = resolveInstaller(installers, host.installer);
  if ('why' in found) return { kind: 'refuse', host, code: 'no-installer', why: found.why };
  return { kind: 'kickstart', host, image, installer: found.installer, template };
}

function unknownMachine(replica: Replica, host: ReplicaHost | null): Decision {
  if (replica.unknown === 'ignore') return { kind: 'ignore', why: 'unknown machines are ignored' };
  const image = resolveImage(replica, undefined);
  return image ? { kind: 'inventory', host, image } : noImage(replica, host, undefined);
}

function noImage(replica: Replica, host: ReplicaHost | null, wanted: string | undefined): Decision {
  const name = wanted ?? replica.defaultImage;
  if (name === null) {
    return {
      kind: 'refuse',
      host,
      code: 'no-image',
      why: 'no image assigned and no default image configured',
    };
  }
  const why = `image ${name} is not in the catalog, or its name fits several`;
  return { kind: 'refuse', host, code: 'image-unknown', why };
}
