import type { ArtifactRole } from '../../builder/contract/manifest.ts';
import type { Decision } from '../boot/decide.ts';
import type { Sighting } from '../hosts/match.ts';
import { inNetwork, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import type { ReplicaHost, ReplicaImage } from '../roles/messages.ts';
import type { BootWish, Group } from './admission.ts';

/** Lines as the configuration tells of them, bytes a second. */
export interface AdmissionSettings {
  /** From the server to all; null: it is measured. */
  bandwidth: number | null;
  /** To each rack; null: as wide as any. */
  rackBandwidth: number | null;
  /** To a subnet, such as one behind a relay. */
  subnets: { cidr: string; bandwidth: number }[];
}

type Booting = Extract<Decision, { kind: 'image' | 'inventory' | 'kickstart' }>;

/** What a machine that boots this will load, and over which lines. Pure. */
export function wishOf(
  decision: Booting,
  { mac }: Sighting,
  address: string,
  settings: AdmissionSettings,
): BootWish {
  const { host, image } = decision;
  const loaderBytes =
    decision.kind === 'kickstart'
      ? decision.installer.kernel.size + decision.installer.initramfs.size
      : sizeOf(image, 'kernel') + sizeOf(image, 'initramfs');
  return {
    key: host?.id ?? mac ?? address,
    hostId: host?.id ?? null,
    name: host?.name ?? mac ?? address,
    mac: mac ?? null,
    address,
    bytes: loaderBytes + sizeOf(image, 'rootfs'),
    loaderBytes,
    known: host?.approved ?? false,
    groups: groupsOf(host, address, settings),
  };
}

/** Milliseconds: an initramfs that is not ours gives up after a few tries. */
const MEDIUM_PATIENCE = 60_000;

/**
 * A medium that was made with an image loads the root alone; it shows no MAC.
 * @param waits it says that it waits for as long as it is told to
 */
export function mediumWish(
  bytes: number,
  address: string,
  waits: boolean,
  settings: AdmissionSettings,
): BootWish {
  const about = { key: address, hostId: null, name: `medium at ${address}`, mac: null, address };
  const groups = groupsOf(null, address, settings);
  const patience = waits ? {} : { patience: MEDIUM_PATIENCE };
  return { ...about, bytes, loaderBytes: 0, known: true, groups, ...patience };
}

function groupsOf(host: ReplicaHost | null, address: string, settings: AdmissionSettings): Group[] {
  const { rackBandwidth, subnets } = settings;
  const groups: Group[] = [];
  if (rackBandwidth !== null && host?.rack !== undefined)
    groups.push({ name: `rack ${host.rack}`, bandwidth: rackBandwidth });
  const number = parseIpv4(address);
  const subnet = subnets.find(({ cidr }) => number !== undefined && inNetwork(parseCidr(cidr)!, number));
  if (subnet) groups.push({ name: `subnet ${subnet.cidr}`, bandwidth: subnet.bandwidth });
  return groups;
}

function sizeOf({ artifacts }: ReplicaImage, role: ArtifactRole): number {
  return artifacts.find((artifact) => artifact.role === role)?.size ?? 0;
}
