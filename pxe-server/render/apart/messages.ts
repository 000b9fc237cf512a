import type { TemplateValue } from '../template/shape.ts';

/** Between the boot role and a process that renders one template. */
export interface Order {
  texts: Record<string, string>;
  name: string;
  context: Record<string, TemplateValue>;
}

export type Answer = { text: string } | { fault: { code: string; message: string; mend: string } };
