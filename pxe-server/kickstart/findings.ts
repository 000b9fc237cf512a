/** Where something stands: lines and columns count from 1, columns in UTF-16 units, `end` is the column after. */
export interface Place {
  file: string;
  line: number;
  column: number;
  end: number;
}

/**
 * error: no installer of the release takes it, or none can do it. deprecation: taken, but going away or without
 * effect. warning: taken, and most likely not meant. risk: does what it says, and that may hurt.
 */
export type Severity = 'error' | 'deprecation' | 'warning' | 'risk';

/**
 * language: what the release's own parser would say. meaning: what only an attempt to install would show.
 */
export type Layer = 'language' | 'meaning';

export interface Finding {
  /** Stable, kebab case. */
  code: string;
  severity: Severity;
  layer: Layer;
  message: string;
  /** What the reader can do; one sentence. */
  mend: string;
  place: Place;
}

/** A rule's answer, before it has a place. */
export interface Problem {
  code: string;
  message: string;
  mend: string;
  /** The value it is about; without it the whole line is meant. */
  field?: string;
}

export function hasErrors(findings: readonly Finding[], layer?: Layer): boolean {
  return findings.some((f) => f.severity === 'error' && (layer === undefined || f.layer === layer));
}

export function byPlace(a: Finding, b: Finding): number {
  return a.place.line - b.place.line || a.place.column - b.place.column;
}
