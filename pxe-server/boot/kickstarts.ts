import { RackhandError } from '../../builder/shared/errors.ts';
import { renderKickstart } from '../render/kickstart.ts';
import type { Templates } from '../render/template.ts';
import type { Replica } from '../roles/messages.ts';
import { resolveImage, resolveKickstart } from './resolve.ts';
import type { Mint } from './tokens.ts';

export interface KickstartSources {
  mint: Mint;
  replica: () => Replica | undefined;
  templates: Templates;
  sshKeys: string[];
}

/**
 * The kickstart that a token grants, once, for the host it was minted for and as that host is declared now.
 * @returns undefined when the token is wrong, used up or late, or its host has no kickstart or is armed no more
 * @throws RackhandError image-unknown, and as renderKickstart
 */
export function grantedKickstart(
  { mint, replica, templates, sshKeys }: KickstartSources,
  token: string,
  base: string,
): { text: string; hostId: string } | undefined {
  const grant = mint.kickstart(token);
  const now = replica();
  const host = grant && now?.hosts.find((h) => h.id === grant.hostId);
  if (!now || !host?.kickstart || host.arm === 'off') return undefined;
  const image = resolveImage(now, host.image);
  if (!image)
    throw new RackhandError('image-unknown', `no image for ${host.name}`, 'assign an image to the host');
  const template = resolveKickstart(templates.names(), host.kickstart) ?? host.kickstart;
  const text = renderKickstart(templates, template, { host, image, base, sshKeys });
  mint.useUp(host.id);
  return { text, hostId: host.id };
}
