import type { FileRule, ModuleRule } from '../recipe/schema.ts';

/** `**` any depth, `*` and `?` within a name, `{a,b}` alternatives; the whole path must match. */
export function globToRegExp(glob: string): RegExp {
  let pattern = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at]!;
    if (char === '*' && glob[at + 1] === '*') {
      at++;
      if (glob[at + 1] === '/') {
        at++;
        pattern += '(?:[^/]+/)*';
      } else pattern += '.*';
    } else if (char === '*') pattern += '[^/]*';
    else if (char === '?') pattern += '[^/]';
    else if (char === '{') {
      depth++;
      pattern += '(?:';
    } else if (char === '}' && depth > 0) {
      depth--;
      pattern += ')';
    } else if (char === ',' && depth > 0) pattern += '|';
    else pattern += char.replace(/[.+^$()|[\]\\{}]/g, '\\$&');
  }
  if (depth > 0) throw new SyntaxError(`unclosed { in pattern ${glob}`);
  return new RegExp(`^${pattern}$`, 's');
}

export interface Matcher<R> {
  rule: R;
  verdict: 'keep' | 'drop';
  matches: (path: string, owners: readonly string[]) => boolean;
}

/** A package rule means a file only if every package that owns it is named: shared files stay. */
export function fileMatchers(rules: readonly FileRule[]): Matcher<FileRule>[] {
  return rules.map((rule) => {
    const paths = (rule.drop ?? rule.keep ?? []).map(globToRegExp);
    const packages = (rule.packages ?? []).map(globToRegExp);
    return {
      rule,
      verdict: rule.drop ? 'drop' : 'keep',
      matches: (path, owners) =>
        paths.some((pattern) => pattern.test(path)) ||
        (packages.length > 0 &&
          owners.length > 0 &&
          owners.every((owner) => packages.some((pattern) => pattern.test(owner)))),
    };
  });
}

export function moduleMatchers(rules: readonly ModuleRule[]): Matcher<ModuleRule>[] {
  return rules.map((rule) => {
    const paths = (rule.drop ?? rule.keep ?? []).map(globToRegExp);
    return {
      rule,
      verdict: rule.drop ? 'drop' : 'keep',
      matches: (path) => paths.some((pattern) => pattern.test(path)),
    };
  });
}

/** The first rule that matches decides. */
export function decide<R>(
  matchers: readonly Matcher<R>[],
  path: string,
  owners: readonly string[] = [],
): Matcher<R> | undefined {
  return matchers.find((matcher) => matcher.matches(path, owners));
}
