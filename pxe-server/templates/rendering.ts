import { renderGate, renderWithSite } from '../render/apart/render.ts';
import { KICKSTART_SHAPE, type Render } from '../render/kickstart.ts';
import { Templates } from '../render/template.ts';
import type { LiveTemplates } from './names.ts';

/** How kickstarts are made at one moment. */
export interface Rendering {
  templates: Templates;
  render: Render;
  siteVersions: Record<string, number>;
}

/** Templates that may be replaced while something is rendered: what has begun ends with what it began with. */
export function liveRendering(): { take: (live: LiveTemplates) => void; now: () => Rendering } {
  const gate = renderGate();
  let rendering = renderingOf({ texts: {}, site: {} });
  return {
    take: (live) => {
      rendering = renderingOf(live);
    },
    now: () => rendering,
  };

  function renderingOf({ texts, site }: LiveTemplates): Rendering {
    const templates = templatesOf(texts);
    const render = renderWithSite(templates, new Set(Object.keys(site)), gate);
    return { templates, render, siteVersions: site };
  }
}

export function templatesOf(texts: Record<string, string>): Templates {
  return new Templates(new Map(Object.entries(texts)), KICKSTART_SHAPE);
}
