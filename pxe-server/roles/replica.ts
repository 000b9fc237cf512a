import { join } from 'node:path';
import type { Image } from '../../builder/catalog/catalog.ts';
import { architectureOf } from '../../builder/contract/manifest.ts';
import type { Host } from '../hosts/model.ts';
import type { HostChanges, Replica, ReplicaHost, ReplicaImage, ToldReplica } from './messages.ts';

/** What the deciding roles are told: no key, no secret but what a kickstart has to say. */
export function buildReplica(
  hosts: readonly Host[],
  images: ReplicaImage[],
  settings: Pick<Replica, 'installers' | 'kickstarts' | 'secureBoot' | 'defaultImage' | 'unknown'>,
  caFingerprint: string,
): ToldReplica {
  return {
    hosts: hosts.map(toReplicaHost),
    images,
    installers: settings.installers,
    kickstarts: settings.kickstarts,
    secureBoot: settings.secureBoot,
    defaultImage: settings.defaultImage,
    unknown: settings.unknown,
    caFingerprint,
  };
}

export function toReplicaHost(host: Host): ReplicaHost {
  return {
    id: host.id,
    name: host.name,
    macs: host.macs,
    uuid: host.uuid,
    serial: host.serial,
    inventoryMacs: host.inventory?.nics.map((nic) => nic.mac) ?? [],
    state: host.state,
    approved: host.approved,
    arm: host.arm,
    image: host.image,
    kickstart: host.kickstart,
    installer: host.installer,
    secureBoot: host.secureBoot,
    address: host.address,
    address6: host.address6,
    rack: host.rack,
    kernelArguments: host.kernelArguments,
    ...(host.kickstart === undefined ? {} : forKickstart(host)),
  };
}

/** For roles that make no kickstart: hashes of passwords are none of their business. */
export function withoutInstall<Word extends ToldReplica | HostChanges>(word: Word): Word {
  const bare = (hosts: ReplicaHost[]) => hosts.map(({ install: _, hardware: __, ...host }) => host);
  return 'changed' in word ? { ...word, changed: bare(word.changed) } : { ...word, hosts: bare(word.hosts) };
}

function forKickstart({ install, inventory }: Host): Pick<ReplicaHost, 'install' | 'hardware'> {
  return {
    install,
    hardware: inventory ? { firmware: inventory.firmware, disks: inventory.disks } : undefined,
  };
}

export function toReplicaImage({ manifest, times, papers, tags }: Image, catalog: string): ReplicaImage {
  return {
    id: manifest.id,
    name: manifest.recipe.name,
    builtAt: times?.builtAt,
    tags,
    folder: join(catalog, manifest.id),
    artifacts: manifest.artifacts,
    papers: [...papers, ...manifest.evidence.map(({ file, size, sha256 }) => ({ file, size, sha256 }))],
    kernelArguments: manifest.kernelArguments,
    ramRequired: manifest.ramRequired,
    arch: architectureOf(manifest),
  };
}
