import type { Random } from './values.ts';

/** Most repetitions where an expression sets none. */
const MOST = 6;

/**
 * A text as a regular expression wants it, for those that schemas have: classes, groups, alternatives, counts. What it
 * looks ahead for is left to luck; whoever calls looks whether it fits. Pure but for the numbers that it draws.
 */
export function textOf(pattern: string, random: Random): string {
  return new PatternReader(pattern, random).alternatives()();
}

type Maker = () => string;

class PatternReader {
  readonly #text: string;
  readonly #random: Random;
  #at = 0;

  constructor(text: string, random: Random) {
    this.#text = text;
    this.#random = random;
  }

  alternatives(): Maker {
    const all = [this.#sequence()];
    while (this.#take('|')) all.push(this.#sequence());
    return () => all[this.#upTo(all.length)]!();
  }

  #sequence(): Maker {
    const parts: Maker[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at]!)) parts.push(this.#counted());
    return () => parts.map((part) => part()).join('');
  }

  #counted(): Maker {
    const atom = this.#atom();
    const [least, most] = this.#count();
    this.#take('?'); // as few as can be: as good as any
    return () => Array.from({ length: least + this.#upTo(most - least + 1) }, atom).join('');
  }

  #count(): [number, number] {
    if (this.#take('*')) return [0, MOST];
    if (this.#take('+')) return [1, MOST];
    if (this.#take('?')) return [0, 1];
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at));
    if (!braces) return [1, 1];
    this.#at += braces[0].length;
    const least = Number(braces[1]);
    if (braces[2] === undefined) return [least, least];
    return [least, braces[3] === '' ? least + MOST : Number(braces[3])];
  }

  #atom(): Maker {
    const next = this.#text[this.#at++]!;
    if (next === '(') return this.#group();
    if (next === '[') return this.#class();
    if (next === '\\') return this.#escape();
    if (next === '.') return () => this.#oneOf(PRINTABLE);
    if (next === '^' || next === '$') return () => '';
    return () => next;
  }

  #group(): Maker {
    const ahead = /^\?<?[=!]/.exec(this.#text.slice(this.#at));
    const kind = /^\?(?:<?[=!]|:|<\w+>)/.exec(this.#text.slice(this.#at));
    this.#at += kind?.[0].length ?? 0;
    const inside = this.alternatives();
    this.#take(')');
    return ahead ? () => '' : inside;
  }

  #class(): Maker {
    const not = this.#take('^');
    let inside = '';
    for (let first = true; this.#at < this.#text.length; first = false) {
      if (this.#text[this.#at] === ']' && !first) break;
      const one = this.#text[this.#at++]!;
      inside += one === '\\' ? `\\${this.#text[this.#at++]}` : one;
    }
    this.#take(']');
    const class_ = new RegExp(`[${not ? '^' : ''}${inside}]`);
    const fitting = [...WIDE].filter((one) => class_.test(one)).join('') || 'x';
    return () => this.#oneOf(fitting);
  }

  #escape(): Maker {
    const next = this.#text[this.#at++]!;
    if (next === 'd') return () => this.#oneOf('0123456789');
    if (next === 'w') return () => this.#oneOf(WORD);
    if (next === 's') return () => ' ';
    if (next === 'S') return () => this.#oneOf(WORD);
    if (next === 'n') return () => '\n';
    if (next === 'x') {
      const code = Number.parseInt(this.#text.slice(this.#at, this.#at + 2), 16);
      this.#at += 2;
      return () => String.fromCharCode(code);
    }
    return () => next;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #oneOf(characters: string): string {
    return characters[this.#upTo(characters.length)]!;
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
const WORD = PRINTABLE.replace(/\W/g, '');
const WIDE = `${PRINTABLE}\n\t\u00e9\u2603`;
