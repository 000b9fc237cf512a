import { RackhandError } from '../../builder/shared/errors.ts';
import { hostKickstart, type MadeKickstart, NO_TOKENS, type Reached } from '../boot/kickstarts.ts';
import { resolveKickstart } from '../boot/resolve.ts';
import type { Host } from '../hosts/model.ts';
import { renderGate, renderTogether, renderWithSite } from '../render/apart/render.ts';
import type { Render } from '../render/kickstart.ts';
import { maskKickstart } from '../render/masked.ts';
import type { Templates } from '../render/template.ts';
import { heldReplica } from '../roles/held-replica.ts';
import type { ToldReplica } from '../roles/messages.ts';
import { isSnippet, type LiveTemplates } from './names.ts';
import { type Rendering, templatesOf } from './rendering.ts';
import { wholeWith } from './users.ts';

/** How texts are rendered that nobody is given; for one host, and for many at once. */
export interface Renderers {
  one: (templates: Templates, site: ReadonlySet<string>) => Render;
  many: (templates: Templates, site: ReadonlySet<string>) => Render;
}

/** Those of the site in processes without rights, a few at once. */
export function confined(): Renderers {
  const gate = renderGate();
  return {
    one: (templates, site) => renderWithSite(templates, site, gate),
    many: (templates, site) => renderTogether(templates, site, gate),
  };
}

export interface TryoutParts {
  renderers: Renderers;
  /** What the deciding roles would be told if there were these hosts. */
  replicaOf: (hosts: readonly Host[]) => ToldReplica;
  /** The configuration's. */
  sshKeys: readonly string[];
  /** The server, each way as machines reach it. */
  reached: readonly Reached[];
  /** PEM of the authority of the agents' endpoint. */
  serviceCa: string;
}

/** A kickstart for people: secrets are masked. */
export type ShownKickstart = MadeKickstart;

/** Makes kickstarts that are given to nobody. */
export class Tryout {
  readonly #parts: TryoutParts;

  constructor(parts: TryoutParts) {
    this.#parts = parts;
  }

  /**
   * @param base that it was fetched from, to have the same again
   * @throws RackhandError kickstart-unset, and as hostKickstart
   */
  async show(live: LiveTemplates, host: Host, template?: string, base?: string): Promise<ShownKickstart> {
    const rendering = renderingOf(live, this.#parts.renderers.one);
    const made = await this.#make(rendering, host, template ?? ownTemplate(live, host), base);
    return { ...made, text: maskKickstart(made.text, host.install) };
  }

  /** What each host would hear, where it would get no kickstart; in the order of the hosts. */
  async faults(live: LiveTemplates, hosts: readonly Host[]): Promise<{ host: Host; fault: RackhandError }[]> {
    const rendering = renderingOf(live, this.#parts.renderers.many);
    const tried = await Promise.allSettled(
      hosts.map(async (host) => this.#make(rendering, host, ownTemplate(live, host))),
    );
    return tried.flatMap((one, i) => {
      if (one.status === 'fulfilled') return [];
      if (one.reason instanceof RackhandError) return [{ host: hosts[i]!, fault: one.reason }];
      throw one.reason;
    });
  }

  async #make(rendering: Rendering, host: Host, template: string, base?: string): Promise<MadeKickstart> {
    const { replicaOf, sshKeys, serviceCa, reached } = this.#parts;
    const replica = replicaOf([{ ...host, kickstart: template }]);
    const by = reached.find((own) => base !== undefined && isSameHost(own.base, base));
    // The port of TLS is another one.
    const from = by && base !== undefined ? { ...by, base } : reached[0]!;
    const sources = { ...rendering, serviceCa, sshKeys: [...sshKeys] };
    return hostKickstart(
      sources,
      heldReplica(replica),
      { ...replica.hosts[0]!, kickstart: template },
      from,
      NO_TOKENS,
    );
  }
}

function renderingOf(live: LiveTemplates, renderer: Renderers['one']): Rendering {
  const templates = templatesOf(live.texts);
  const render = renderer(templates, new Set(Object.keys(live.site)));
  return { templates, render, siteVersions: live.site };
}

function isSameHost(one: string, other: string): boolean {
  return new URL(one).hostname === new URL(other).hostname;
}

/**
 * What a template is tried by on a host: itself, or, where it is included only, the host's own that includes it.
 * @throws RackhandError kickstart-unset
 */
export function triedBy(live: LiveTemplates, templates: Templates, name: string, host: Host): string {
  if (!isSnippet(name)) return name;
  const own = ownTemplate(live, host);
  const wholes = wholeWith(templates, name);
  if (wholes.includes(own)) return own;
  throw new RackhandError(
    'kickstart-unset',
    `host ${host.name} is installed by ${own}, and that includes no ${name}`,
    `name a host that is installed by ${wholes.join(' or ') || 'a template that includes it'}`,
  );
}

/** @throws RackhandError kickstart-unset */
function ownTemplate({ texts }: LiveTemplates, { name, kickstart }: Host): string {
  if (kickstart !== undefined) return resolveKickstart(Object.keys(texts), kickstart) ?? kickstart;
  const mend = `rackhand hosts set ${name} --kickstart install`;
  throw new RackhandError('kickstart-unset', `host ${name} has no kickstart: it boots its image live`, mend);
}
