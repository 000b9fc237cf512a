import { hasErrors } from '../findings.ts';
import { type Kickstart, parseKickstart } from '../parse.ts';
import { RELEASES, type Release } from '../releases.ts';
import { Editor, type Note } from './edit.ts';
import { commandSteps, migrateSection } from './rules.ts';

export interface Migration {
  /** The release that it was read for. */
  from: Release;
  to: Release;
  text: string;
  /** What was rewritten and what is left to a person, by line of the text as it was. */
  notes: Note[];
  /** What the new release says to the text as it is now. */
  result: Kickstart;
}

/**
 * Rewrites what changed between releases; lines that nothing happened to stay as they are, to the blank.
 * @param from the release that it was written for; without, the oldest that takes it
 */
export function migrateKickstart(text: string, to: Release, from?: Release): Migration {
  const read = from ? parseKickstart(text, { release: from }) : readOldest(text, to);
  const edit = new Editor(text);
  const reached = (since: Release) => RELEASES.indexOf(since) <= RELEASES.indexOf(to);
  for (const node of read.nodes) {
    if (node.is === 'section') migrateSection(node, edit, to, reached);
    if (node.is !== 'command') continue;
    for (const { command, since, has, apply } of commandSteps)
      if (node.name === command && reached(since) && (has === undefined || node.at.has(has)))
        apply(node, edit, to);
  }
  const migrated = edit.text();
  const notes = edit.notes.sort((a, b) => a.line - b.line);
  return { from: read.release, to, text: migrated, notes, result: parseKickstart(migrated, { release: to }) };
}

function readOldest(text: string, to: Release): Kickstart {
  const until = RELEASES.slice(0, RELEASES.indexOf(to) + 1).map((release) =>
    parseKickstart(text, { release }),
  );
  return until.find(({ findings }) => !hasErrors(findings)) ?? until[0]!;
}
