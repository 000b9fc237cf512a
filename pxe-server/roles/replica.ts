import { join } from 'node:path';
import type { Image } from '../../builder/catalog/catalog.ts';
import { architectureOf } from '../../builder/contract/manifest.ts';
import type { Host } from '../hosts/model.ts';
import type { Replica, ReplicaHost, ReplicaImage } from './messages.ts';

/** What the deciding roles are told: no key, no secret but what a kickstart has to say. */
export function buildReplica(
  hosts: readonly Host[],
  images: ReplicaImage[],
  settings: Pick<Replica, 'installers' | 'kickstarts' | 'secureBoot' | 'defaultImage' | 'unknown'>,
  caFingerprint: string,
): Replica {
  return {
    hosts: hosts.map((host) => ({
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
    })),
    images,
    installers: settings.installers,
    kickstarts: settings.kickstarts,
    secureBoot: settings.secureBoot,
    defaultImage: settings.defaultImage,
    unknown: settings.unknown,
    caFingerprint,
  };
}

/** For roles that make no kickstart: hashes of passwords are none of their business. */
export function withoutInstall(replica: Replica): Replica {
  return { ...replica, hosts: replica.hosts.map(({ install: _, hardware: __, ...host }) => host) };
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
