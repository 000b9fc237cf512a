import type { TemplateValue } from '../template/shape.ts';

/** To a process that renders one template, once for each context. */
export interface Order {
  texts: Record<string, string>;
  name: string;
  contexts: Record<string, TemplateValue>[];
}

/** Of one context; a process gives as many as it was given. */
export type Answer = { text: string } | { fault: { code: string; message: string; mend: string } };
