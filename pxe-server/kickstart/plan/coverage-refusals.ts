import type { Finding } from '../findings.ts';
import { type CommandNode, type Node, placeOf, type SectionNode } from '../nodes.ts';
import { maskText } from '../text/secrets.ts';
import { COMMANDS, coverageOf, SECTIONS } from './coverage.ts';
import type { Refusals } from './refusal.ts';

/** Refuses, with its line, everything of a kickstart that no step could be made of. */
export function refuseUncovered(nodes: readonly Node[], refusals: Refusals): void {
  for (const node of nodes) {
    if (node.is === 'include') refusals.findings.push(unseen(maskText(node.target), placeOf(node)));
    // What has no effect in its release is told already, and asks for nothing.
    else if (node.is === 'command' && node.status !== 'ignored') refuseNode(node, refusals);
    else if (node.is === 'section') refuseNode(node, refusals);
  }
}

function unseen(target: string, place: Finding['place']): Finding {
  return {
    ...{ code: 'not-compiled', severity: 'error', layer: 'meaning', place },
    message: `${target} was not looked at`,
    mend: 'write what it says into the kickstart',
  };
}

function refuseNode(node: CommandNode | SectionNode, refusals: Refusals): void {
  const coverage = (node.is === 'command' ? COMMANDS : SECTIONS)[node.name];
  if (!coverage || coverage.is === 'refused') {
    const { why, mend } = coverage ?? { why: 'a plan has nothing for it', mend: 'leave it away' };
    refusals.add(node, { code: 'not-compiled', message: `${node.name}: ${why}`, mend });
    return;
  }
  for (const [field, word] of node.at) {
    if (coverageOf(coverage, field)) continue;
    const option = word.text.split('=')[0]!;
    refusals.add(node, {
      ...{ code: 'not-compiled', message: `a plan has nothing for ${option} of ${node.name}`, field },
      mend: 'leave it away, or do it in %post',
    });
  }
}
