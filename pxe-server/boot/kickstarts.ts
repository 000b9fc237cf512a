import { RackhandError } from '../../builder/shared/errors.ts';
import { refuseUnfitDisks } from '../hosts/install/choose.ts';
import { type Render, renderKickstart } from '../render/kickstart.ts';
import { maskKickstart } from '../render/masked.ts';
import { choosesDisks } from '../render/storage-lines.ts';
import type { Templates } from '../render/template.ts';
import type { Replica, ReplicaHost } from '../roles/messages.ts';
import { resolveImage, resolveInstaller, resolveKickstart } from './resolve.ts';
import type { Mint } from './tokens.ts';

export interface KickstartSources {
  mint: Mint;
  replica: () => Replica | undefined;
  templates: Templates;
  render: Render;
  /** Version of each template that the site wrote. */
  siteVersions?: Readonly<Record<string, number>>;
  sshKeys: string[];
}

interface Granted {
  text: string;
  hostId: string;
  /** What it was made from. */
  template: string;
  /** Versions of the site's templates in it. */
  versions: Record<string, number>;
  /** The text as people may see it. */
  masked: string;
}

/** The kickstart of one host. */
export interface MadeKickstart {
  text: string;
  template: string;
  versions: Record<string, number>;
}

/**
 * The kickstart that a token grants, once, for the host it was minted for and as that host is declared now.
 * @returns undefined when the token is wrong, used up or late, its kickstart is being made already, or its host has no
 *   kickstart or is armed no more
 * @throws RackhandError image-unknown | disks-unfit, and as renderKickstart; the token is good for another attempt then
 */
export async function grantedKickstart(
  sources: KickstartSources,
  token: string,
  base: string,
): Promise<Granted | undefined> {
  const { mint } = sources;
  const grant = mint.take(token);
  if (!grant) return undefined;
  let granted: Granted | undefined;
  try {
    granted = await kickstartOf(sources, grant.hostId, base);
  } finally {
    if (granted) mint.useUp(grant.hostId);
    else mint.giveBack(grant);
  }
  return granted;
}

async function kickstartOf(
  sources: KickstartSources,
  hostId: string,
  base: string,
): Promise<Granted | undefined> {
  const now = sources.replica();
  const host = now?.hosts.find((h) => h.id === hostId);
  if (!now || !host?.kickstart || host.arm === 'off') return undefined;
  const made = await hostKickstart(sources, now, { ...host, kickstart: host.kickstart }, base);
  return { ...made, hostId, masked: maskKickstart(made.text, host.install) };
}

/**
 * What a host is installed by, as it is declared now, whether or not it is armed.
 * @throws RackhandError image-unknown | disks-unfit, and as renderKickstart
 */
export async function hostKickstart(
  {
    templates,
    render,
    siteVersions,
    sshKeys,
  }: Pick<KickstartSources, 'templates' | 'render' | 'siteVersions' | 'sshKeys'>,
  now: Replica,
  host: ReplicaHost & { kickstart: string },
  base: string,
): Promise<MadeKickstart> {
  const image = resolveImage(now, host.image);
  if (!image)
    throw new RackhandError('image-unknown', `no image for ${host.name}`, 'assign an image to the host');
  const template = resolveKickstart(templates.names(), host.kickstart) ?? host.kickstart;
  const found = resolveInstaller(now.installers, host.installer);
  const release = 'installer' in found ? found.installer.release : undefined;
  const told = { host, image, base, sshKeys, release, firmware: host.hardware?.firmware };
  const text = await renderKickstart(render, template, told);
  if (choosesDisks(text)) refuseDisks(host);
  return { text, template, versions: siteVersions ? versionsIn(templates, template, siteVersions) : {} };
}

function versionsIn(
  templates: Templates,
  template: string,
  versions: Readonly<Record<string, number>>,
): Record<string, number> {
  const used = [...templates.reached(template)].filter((name) => Object.hasOwn(versions, name));
  return Object.fromEntries(used.sort().map((name) => [name, versions[name]!]));
}

/** What the inventory shows already needs no start of the installer. */
function refuseDisks({ name, install, hardware }: ReplicaHost): void {
  if (install?.storage && hardware) refuseUnfitDisks(name, install.storage.disks, hardware.disks);
}
