import { text } from '../document/fields.ts';
import type { CommandNode } from '../nodes.ts';
import type { TeamMember } from '../values.ts';
import { quoteWord } from '../words.ts';
import type { Editor } from './edit.ts';

/** Runners of teamd.conf(5), as modes of a bond. */
const MODES: Readonly<Record<string, string>> = {
  activebackup: 'active-backup',
  broadcast: 'broadcast',
  lacp: '802.3ad',
  loadbalance: 'balance-xor',
  random: 'balance-rr',
  roundrobin: 'balance-rr',
};

/** A team device, which EL10 does not have, as the bond that does the same. */
export function teamAsBond(node: CommandNode, edit: Editor): void {
  const members = ((node.values.teamslaves ?? []) as TeamMember[]).map(({ device }) => device).join(',');
  const runner = runnerOf(text(node.values, 'teamconfig'));
  const mode = MODES[runner] ?? 'active-backup';
  const { number } = node.line;
  edit.replace(
    node,
    'teamslaves',
    `${quoteWord(`--bondslaves=${members}`)} --bondopts=mode=${mode},miimon=100`,
  );
  edit.drop(node, 'teamconfig');
  edit.change(node, `the team is a bond, ${runner} is mode=${mode}`);
  const known = MODES[runner] ? '' : `; its runner ${runner} has no mode of a bond`;
  edit.decide(number, `is mode=${mode} what the switch expects, and does no member need a priority${known}?`);
  if (/^team/.test(text(node.values, 'device') ?? ''))
    edit.decide(number, `the bond is still called ${text(node.values, 'device')}: what else names it?`);
}

function runnerOf(config: string | undefined): string {
  try {
    const { runner } = JSON.parse(config ?? '{}') as { runner?: { name?: unknown } };
    return typeof runner?.name === 'string' ? runner.name : 'activebackup';
  } catch {
    return 'activebackup';
  }
}
