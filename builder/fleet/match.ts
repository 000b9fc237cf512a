/** A module with the device patterns that it answers to. */
export interface Driver {
  name: string;
  aliases: readonly string[];
}

interface Pattern<D> {
  driver: D;
  /** What stands before the first wildcard. */
  literal: string;
  matches(text: string): boolean;
}

/**
 * Modalias → the drivers that the kernel would load for it, as kmod finds them: fnmatch(3) of each alias, `-` and
 * `_` alike outside of brackets. The result remembers what it was asked: machines of a fleet are alike.
 */
export function driverFinder<D extends Driver>(drivers: readonly D[]): (modalias: string) => readonly D[] {
  const byBus = new Map<string, Pattern<D>[]>();
  for (const driver of drivers) {
    for (const alias of driver.aliases) {
      const pattern = compile(driver, normalise(alias));
      const bus = busOf(pattern.literal) ?? ANY;
      const list = byBus.get(bus);
      if (list) list.push(pattern);
      else byBus.set(bus, [pattern]);
    }
  }
  const known = new Map<string, readonly D[]>();
  return (modalias) => {
    const before = known.get(modalias);
    if (before) return before;
    const text = normalise(modalias);
    const candidates = [...(byBus.get(busOf(text) ?? ANY) ?? []), ...(byBus.get(ANY) ?? [])];
    const found = new Set<D>();
    for (const { driver, literal, matches } of candidates) {
      if (!found.has(driver) && text.startsWith(literal) && matches(text)) found.add(driver);
    }
    known.set(modalias, [...found]);
    return [...found];
  };
}

/** Aliases whose bus is a pattern ("acpi*:PNP0C0A:*"). */
const ANY = '';

function busOf(text: string): string | undefined {
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(0, colon);
}

function compile<D>(driver: D, alias: string): Pattern<D> {
  const literal = /^[^*?[\\]*/.exec(alias)![0];
  if (literal.length === alias.length) return { driver, literal, matches: (text) => text === alias };
  let expression: RegExp | undefined;
  return {
    driver,
    literal,
    matches: (text) => {
      expression ??= fnmatchToRegExp(alias);
      return expression.test(text);
    },
  };
}

/** kmod's alias_normalize: `-` becomes `_`, but not in a range such as [0-9]. */
function normalise(text: string): string {
  return text.replace(/\[[^\]]*\]|-/g, (part) => (part === '-' ? '_' : part));
}

/** fnmatch(3) without flags: `*` and `?` match a slash too; `[a-z]`, `[!a]`, `\` before a character. */
export function fnmatchToRegExp(pattern: string): RegExp {
  let expression = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    const close = char === '[' ? pattern.indexOf(']', at + (pattern[at + 1] === '!' ? 3 : 2)) : -1;
    if (char === '*') expression += '.*';
    else if (char === '?') expression += '.';
    else if (close > 0) {
      const inside = pattern.slice(at + 1, close).replace(/[\\[\]^]/g, '\\$&');
      expression += `[${inside.startsWith('!') ? `^${inside.slice(1)}` : inside}]`;
      at = close;
    } else {
      const plain = char === '\\' && at + 1 < pattern.length ? pattern[++at]! : char;
      expression += plain.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    }
  }
  return new RegExp(`^${expression}$`, 's');
}
