import { RackhandError } from '../../builder/shared/errors.ts';
import { chooseDisks } from '../hosts/install/choose.ts';
import type { Release } from '../kickstart/releases.ts';
import { type Render, renderKickstart } from '../render/kickstart.ts';
import { maskKickstart } from '../render/masked.ts';
import { choosesDisks } from '../render/storage-lines.ts';
import type { Templates } from '../render/template.ts';
import type { Replica, ReplicaHost } from '../roles/messages.ts';
import type { Asker, InstallTokens, KickstartGrant, Misuse } from './kickstart-grants.ts';
import { resolveImage, resolveInstaller, resolveKickstart } from './resolve.ts';
import { compareMachine } from './shown.ts';
import type { Mint } from './tokens.ts';

export interface KickstartSources {
  mint: Mint;
  replica: () => Replica | undefined;
  templates: Templates;
  render: Render;
  /** Version of each template that the site wrote. */
  siteVersions?: Readonly<Record<string, number>>;
  sshKeys: string[];
  /** PEM of the authority by which installers know the agents' endpoint. */
  serviceCa: string;
}

/** What kickstarts are rendered from. */
export type RenderSources = Pick<
  KickstartSources,
  'templates' | 'render' | 'siteVersions' | 'sshKeys' | 'serviceCa'
>;

/** Where a machine reaches us. */
export interface Reached {
  /** http://ADDRESS[:PORT] of the boot role. */
  base: string;
  /** https://ADDRESS:PORT of the agents' endpoint. */
  agents: string;
}

/** Who asks, and by which address. */
export interface KickstartAsk extends Asker, Reached {
  token: string;
}

/** The kickstart of one host. */
export interface MadeKickstart {
  text: string;
  /** What it was made from. */
  template: string;
  /** Versions of the site's templates in it. */
  versions: Record<string, number>;
}

export type KickstartAnswer =
  /** `said`: what of the machine was compared. */
  | (MadeKickstart & {
      kind: 'given';
      hostId: string;
      mac: string | null;
      times: number;
      said: string;
      /** The text as people may see it. */
      masked: string;
    })
  | { kind: 'busy' }
  | {
      kind: 'refused';
      code: Misuse | 'wrong-host' | 'not-armed';
      hostId: string | null;
      mac: string | null;
      why: string;
    };

/**
 * The kickstart that a token grants, for the host it was minted for and as that host is declared now; to one machine
 * alone, which may repeat a download that broke off (docs/decisions/0025).
 * @throws RackhandError image-unknown | disks-unfit, and as renderKickstart; the token is good for another attempt then
 */
export async function grantedKickstart(
  sources: KickstartSources,
  ask: KickstartAsk,
): Promise<KickstartAnswer> {
  const { mint } = sources;
  const asker = { address: ask.address, shown: ask.shown };
  const judged = mint.ask(ask.token, asker);
  if (judged.kind !== 'granted') return judged;
  const { grant } = judged;
  const { hostId, mac } = grant;
  const tokens = mint.installTokens(grant);
  let answer: KickstartAnswer | undefined;
  try {
    const now = sources.replica();
    const host = hostId === null ? undefined : now?.hosts.get(hostId);
    const found = judgeHost(host, grant, asker);
    if ('code' in found) return { kind: 'refused', ...found, hostId, mac };
    const made = await hostKickstart(sources, now!, found.host, ask, tokens);
    const registers = made.text.includes(tokens.register);
    const times = mint.useUp(grant, asker, tokens, registers);
    const masked = maskKickstart(made.text, found.host.install);
    answer = { kind: 'given', ...made, masked, hostId, mac, times, said: found.said };
    return answer;
  } finally {
    if (!answer) mint.giveBack(grant);
  }
}

/** Known of a host is also the card that its boot script was asked for with. */
function judgeHost(
  host: ReplicaHost | undefined,
  grant: KickstartGrant,
  { shown }: Asker,
):
  | { host: ReplicaHost & { kickstart: string }; said: string }
  | { code: 'wrong-host' | 'not-armed'; why: string } {
  if (!host?.kickstart) return { code: 'not-armed', why: 'its host has no kickstart' };
  // The first time took the arming.
  if (host.arm === 'off' && !grant.given) return { code: 'not-armed', why: 'its host is not armed' };
  const cards = grant.mac === null ? [] : [grant.mac];
  const macs = [...new Set([...host.macs, ...host.inventoryMacs, ...cards])];
  const comparison = compareMachine({ macs, serial: host.serial }, shown);
  return comparison.fits
    ? { host: { ...host, kickstart: host.kickstart }, said: comparison.said }
    : { code: 'wrong-host', why: comparison.why };
}

/** In a kickstart that is made for people: nothing is granted by them. */
export const NO_TOKENS: InstallTokens = { report: '0'.repeat(32), register: '0'.repeat(32) };

/**
 * What a host is installed by, as it is declared now, whether or not it is armed.
 * @throws RackhandError image-unknown | disks-unfit, and as renderKickstart
 */
export async function hostKickstart(
  sources: RenderSources,
  now: Replica,
  host: ReplicaHost & { kickstart: string },
  reached: Reached,
  tokens: InstallTokens,
): Promise<MadeKickstart> {
  const { text, template } = await renderedKickstart(sources, now, host, reached, tokens);
  if (choosesDisks(text)) refuseDisks(host);
  const { templates, siteVersions } = sources;
  return { text, template, versions: siteVersions ? versionsIn(templates, template, siteVersions) : {} };
}

/**
 * The same, whatever the inventory says of the host's disks.
 * @throws RackhandError image-unknown, and as renderKickstart
 */
export async function renderedKickstart(
  { templates, render, sshKeys, serviceCa }: RenderSources,
  now: Replica,
  host: ReplicaHost & { kickstart: string },
  { base, agents }: Reached,
  tokens: InstallTokens,
): Promise<{ text: string; template: string; release: Release | undefined }> {
  const image = resolveImage(now, host.image);
  if (!image)
    throw new RackhandError(
      'image-unknown',
      `no image for ${host.name}`,
      `rackhand hosts set ${host.name} --image NAME, or a default for all: images.default in the configuration`,
    );
  const template = resolveKickstart(templates.names(), host.kickstart) ?? host.kickstart;
  const found = resolveInstaller(now.installers, host.installer);
  const release = 'installer' in found ? found.installer.release : undefined;
  const text = await renderKickstart(render, template, {
    ...{ host, image, base, sshKeys, release, firmware: host.hardware?.firmware },
    self: { url: agents, ca: now.caFingerprint, token: tokens.register },
    callback: { url: `${agents}/agent/v1/install`, token: tokens.report, ca: serviceCa },
  });
  return { text, template, release };
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
  if (install?.storage && hardware) chooseDisks(name, install.storage.disks, hardware.disks);
}
