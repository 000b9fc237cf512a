import { globToRegExp, type PlacedRule } from '../recipe/strip-rules.ts';
import { moduleName, modulePath } from './modules.ts';

// The lab's converter takes it from here, and keeps its packages under the digest of its own code.
export { globToRegExp };

/** What rules look at. */
export interface Subject {
  path: string;
  /** Names of the packages that own it. */
  owners: readonly string[];
  isModule: boolean;
}

export interface Matcher {
  rule: PlacedRule;
  /** Place in the order of rules. */
  index: number;
  drops: boolean;
  matches(subject: Subject): boolean;
}

export function compileRules(rules: readonly PlacedRule[]): Matcher[] {
  return rules.map((rule, index) => ({
    ...{ rule, index, drops: rule.verb.startsWith('drop') },
    matches: matcherOf(rule),
  }));
}

function matcherOf({ verb, patterns }: PlacedRule): Matcher['matches'] {
  const compiled = patterns.map(globToRegExp);
  switch (verb) {
    case 'drop':
    case 'keep':
      return ({ path }) => compiled.some((pattern) => pattern.test(path));
    case 'drop-package':
    case 'keep-package': {
      const named = (owner: string) => compiled.some((pattern) => pattern.test(owner));
      // What another package has too stays with it, and so a kept package keeps what it shares.
      return ({ owners, isModule }) =>
        !isModule &&
        owners.length > 0 &&
        (verb === 'drop-package' ? owners.every(named) : owners.some(named));
    }
    case 'drop-module':
    case 'keep-module': {
      const places = patterns.filter((pattern) => pattern.includes('/')).map(globToRegExp);
      const names = patterns
        .filter((pattern) => !pattern.includes('/'))
        .map((pattern) => globToRegExp(pattern.replaceAll('-', '_')));
      return ({ path, isModule }) =>
        isModule &&
        (places.some((pattern) => pattern.test(modulePath(path))) ||
          names.some((pattern) => pattern.test(moduleName(path))));
    }
  }
}

/** The last rule that matches; `onMatch` hears of all that do. */
export function decide(
  matchers: readonly Matcher[],
  subject: Subject,
  onMatch: (matcher: Matcher) => void = () => undefined,
): Matcher | undefined {
  let last: Matcher | undefined;
  for (const matcher of matchers) {
    if (!matcher.matches(subject)) continue;
    onMatch(matcher);
    last = matcher;
  }
  return last;
}
