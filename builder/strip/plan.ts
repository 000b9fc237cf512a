import type { PlacedRule } from '../recipe/strip-rules.ts';
import type { Entry } from './entry.ts';
import { isModule } from './modules.ts';
import type { Need, NeedGraph, NeedKind } from './needs.ts';
import { compileRules, decide, type Matcher } from './rules.ts';

/** Why a path stays or goes. `rule` is an index into the plan's rules. */
export type Decision =
  | { keep: boolean; why: 'rule'; rule: number }
  /** Dropped by a rule that says "unless needed", and needed by a file that stays. */
  | { keep: true; why: 'needed'; rule: number; by: string; kind: NeedKind }
  /** A link whose target goes by that rule. */
  | { keep: false; why: 'target'; rule: number; target: string }
  /** No rule names it. */
  | { keep: true; why: 'unnamed' };

export interface Removal {
  path: string;
  kind: Entry['kind'];
  /** Bytes freed; 0 while another name of the same inode stays. */
  bytes: number;
  rule: number;
}

/** A need of a file that stays, which a rule leaves unmet. */
export interface Unmet {
  path: string;
  need: Need;
  /** The rule that took the last provider; undefined when the root never had one. */
  rule?: number;
  /** The rule says `even-if: needed`. */
  onPurpose: boolean;
}

export interface StripInput {
  entries: readonly Entry[];
  /** Path → names of the packages that own it. */
  owners: ReadonlyMap<string, readonly string[]>;
  needs: NeedGraph;
  rules: readonly PlacedRule[];
}

export interface StripPlan {
  rules: readonly PlacedRule[];
  decisions: ReadonlyMap<string, Decision>;
  removals: Removal[];
  unmet: Unmet[];
  /** Rules that matched nothing: mistyped, or the base has changed. */
  idle: number[];
}

/** Listing, needs and rules → what goes and what stays, each with its reason. Changes nothing. */
export function planStrip({ entries, owners, needs, rules }: StripInput): StripPlan {
  const matchers = compileRules(rules);
  const used = new Set<number>();
  const decisions = new Map<string, Decision>();
  for (const { path } of entries) decisions.set(path, firstDecision(path));
  keepWhatIsNeeded(decisions, needs, rules);
  takeLinksAlong(entries, decisions, needs);
  return {
    ...{ rules, decisions },
    removals: removalsOf(entries, decisions),
    unmet: findUnmet(entries, decisions, needs, rules),
    idle: rules.flatMap((_, index) => (used.has(index) ? [] : [index])),
  };

  function firstDecision(path: string): Decision {
    const subject = { path, owners: owners.get(path) ?? [], isModule: isModule(path) };
    const note = ({ index }: Matcher) => used.add(index);
    const matcher = decide(matchers, subject, note);
    return matcher
      ? { keep: !matcher.drops, why: 'rule', rule: matcher.index }
      : { keep: true, why: 'unnamed' };
  }
}

/** From all that stays, along what it needs, into what rules drop "unless needed". */
function keepWhatIsNeeded(
  decisions: Map<string, Decision>,
  needs: NeedGraph,
  rules: readonly PlacedRule[],
): void {
  const queue = [...decisions].filter(([, decision]) => decision.keep).map(([path]) => path);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const need of needs.get(path) ?? []) {
      // A link that no rule keeps goes with its target instead of holding it.
      if (need.kind === 'target' && decisions.get(path)!.why === 'unnamed') continue;
      const given = need.providers.map((provider) => [provider, decisions.get(provider)!] as const);
      if (given.some(([, decision]) => decision.keep && need.kind !== 'firmware')) continue;
      for (const [provider, decision] of given) {
        if (decision.keep || decision.why !== 'rule' || rules[decision.rule]!.needed !== 'stays') continue;
        decisions.set(provider, {
          keep: true,
          why: 'needed',
          rule: decision.rule,
          by: path,
          kind: need.kind,
        });
        queue.push(provider);
      }
    }
  }
}

/** Links that pointed to something which goes; not those that switch a unit on: a proof speaks of them. */
function takeLinksAlong(entries: readonly Entry[], decisions: Map<string, Decision>, needs: NeedGraph): void {
  const links = entries.filter(({ kind, path }) => kind === 'link' && !/\.(wants|requires)\//.test(path));
  for (let again = true; again; ) {
    again = false;
    for (const { path } of links) {
      const decision = decisions.get(path)!;
      if (!decision.keep || decision.why !== 'unnamed') continue;
      const target = needs.get(path)?.find((need) => need.kind === 'target')?.providers[0];
      const cause = target === undefined ? undefined : decisions.get(target);
      if (target === undefined || !cause || cause.keep) continue;
      decisions.set(path, { keep: false, why: 'target', rule: cause.rule, target });
      again = true;
    }
  }
}

function removalsOf(entries: readonly Entry[], decisions: ReadonlyMap<string, Decision>): Removal[] {
  const names = new Map<number | bigint, number>();
  for (const { inode } of entries) if (inode) names.set(inode, (names.get(inode) ?? 0) + 1);
  const removals: Removal[] = [];
  for (const { path, kind, inode, size } of entries) {
    const decision = decisions.get(path)!;
    if (decision.keep) continue;
    const left = inode ? names.get(inode)! - 1 : 0;
    if (inode) names.set(inode, left);
    removals.push({ path, kind, bytes: kind === 'file' && left === 0 ? size : 0, rule: decision.rule });
  }
  return removals;
}

function findUnmet(
  entries: readonly Entry[],
  decisions: ReadonlyMap<string, Decision>,
  needs: NeedGraph,
  rules: readonly PlacedRule[],
): Unmet[] {
  const unmet: Unmet[] = [];
  for (const { path } of entries) {
    if (!decisions.get(path)!.keep) continue;
    for (const need of needs.get(path) ?? []) {
      if (need.providers.some((provider) => decisions.get(provider)!.keep)) continue;
      const cause = need.providers.map((provider) => decisions.get(provider)!).at(-1);
      if (!cause) unmet.push({ path, need, onPurpose: false });
      else if (!cause.keep) {
        unmet.push({ path, need, rule: cause.rule, onPurpose: rules[cause.rule]!.needed === 'goes' });
      }
    }
  }
  return unmet;
}

export interface RuleTotal {
  rule: number;
  files: number;
  bytes: number;
}

/** One row for each rule that removes something, largest first. */
export function summarise(removals: readonly Removal[]): RuleTotal[] {
  const rows = new Map<number, RuleTotal>();
  for (const removal of removals) {
    if (removal.kind === 'directory') continue;
    const row = rows.get(removal.rule) ?? { rule: removal.rule, files: 0, bytes: 0 };
    row.files++;
    row.bytes += removal.bytes;
    rows.set(removal.rule, row);
  }
  return [...rows.values()].sort((a, b) => b.bytes - a.bytes || a.rule - b.rule);
}
