import type { Finding } from '../findings.ts';
import { type Told, tell } from '../meaning/tell.ts';
import type { CommandNode, SectionNode } from '../nodes.ts';

/** Gathers what cannot be compiled: all of it, not the first. */
export class Refusals {
  readonly findings: Finding[] = [];

  add(node: CommandNode | SectionNode, told: Told): undefined {
    this.findings.push(tell(node, told));
    return undefined;
  }
}
