import type { Values } from './arguments.ts';
import type { Place } from './findings.ts';
import type { SourceLine } from './lines.ts';
import type { Status } from './tables/rows.ts';
import type { Word } from './words.ts';

/** What a kickstart is made of, in the order in which it is written. */
export type Node = LayoutNode | CommandNode | SectionNode | IncludeNode;

/** A blank line or a comment. */
export interface LayoutNode {
  is: 'blank' | 'comment';
  line: SourceLine;
  /** Empty, or the comment from its `#`. */
  text: string;
}

/** A line of words: what commands, headers of sections and includes have in common. */
export interface LineNode {
  line: SourceLine;
  words: readonly Word[];
  /** From its `#`, where one follows the words. */
  comment?: string;
}

export interface CommandNode extends LineNode {
  is: 'command';
  /** As the table has it: `partition` is `part`. */
  name: string;
  status: Status;
  values: Values;
  /** The word that gave each value. */
  at: ReadonlyMap<string, Word>;
  /** False when the release refuses the line; its values are not to be used. */
  valid: boolean;
}

export interface SectionNode extends LineNode {
  is: 'section';
  name: string;
  values: Values;
  at: ReadonlyMap<string, Word>;
  valid: boolean;
  body: readonly SourceLine[];
  /** Of %packages alone. */
  packages?: readonly PackageEntry[];
  /** False when the file went on without %end. */
  ended: boolean;
}

/** %include or %ksappend of what the installer itself will find. */
export interface IncludeNode extends LineNode {
  is: 'include';
  target: string;
}

export interface PackageEntry {
  what: 'package' | 'group' | 'environment';
  /** True with a leading dash. */
  excluded: boolean;
  name: string;
  /** Of a group: @GROUP --nodefaults, @GROUP --optional. */
  parts?: 'nodefaults' | 'optional';
  place: Place;
}

/** The place of a word, or of all words of a line. */
export function placeOf({ line, words }: Pick<LineNode, 'line' | 'words'>, word?: Word): Place {
  const first = word ?? words[0];
  const last = word ?? words.at(-1);
  return {
    file: line.file,
    line: line.number,
    column: (first?.start ?? 0) + 1,
    end: (last?.end ?? 0) + 1,
  };
}
