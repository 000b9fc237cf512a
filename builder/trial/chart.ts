import type { Moments, TrialResult, TrialRun } from '../contract/trial.ts';
import { MODES } from './modes.ts';

/** Where the seconds go from power-on to healthy: one page that needs nothing else. Pure. */

interface Phase {
  name: string;
  colour: string;
  to: keyof Moments;
}

/** In their order; each begins where the one before it ends. */
const PHASES: Phase[] = [
  { name: 'firmware', colour: '#7a8796', to: 'loader' },
  { name: 'loader', colour: '#c98a2b', to: 'kernel' },
  { name: 'kernel', colour: '#8d6cc4', to: 'initramfs' },
  { name: 'initramfs', colour: '#2f7fc2', to: 'system' },
  { name: 'units', colour: '#2e9e6b', to: 'started' },
  { name: 'until healthy', colour: '#a7d5b8', to: 'healthy' },
];

const [LEFT, WIDTH, ROW, BAR] = [190, 900, 30, 18] as const;

export interface Span {
  name: string;
  colour: string;
  from: number;
  to: number;
}

/** A phase whose end was not seen is part of the next one that was. */
export function spansOf(moments: Moments): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const { name, colour, to } of PHASES) {
    const at = moments[to];
    if (at === undefined || at < from) continue;
    spans.push({ name, colour, from, to: at });
    from = at;
  }
  return spans;
}

export function renderChart({ image, runs }: TrialResult): string {
  const shown = runs.filter(({ moments }) => spansOf(moments).length > 0);
  const last = Math.max(1, ...shown.flatMap(({ moments }) => ends(moments)));
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>Starts of image ${image}</title>`,
    '<style>body{font:14px system-ui,sans-serif;margin:24px;color:#1b232c;background:#fff}',
    'h1{font-size:20px}h2{font-size:15px;margin:28px 0 4px}svg{display:block}text{font:12px system-ui,sans-serif}',
    'p{max-width:60em}.key span{display:inline-block;width:12px;height:12px;margin:0 5px 0 14px}</style>',
    `<h1>Starts of image ${image}, from power-on to healthy</h1>`,
    `<p class="key">${PHASES.map(({ name, colour }) => `<span style="background:${colour}"></span>${name}`).join('')}</p>`,
    overview(shown, last),
    ...shown.map((run) => details(run)),
    '</html>\n',
  ].join('\n');
}

function overview(runs: readonly TrialRun[], last: number): string {
  const x = (seconds: number) => LEFT + (seconds / last) * WIDTH;
  const rows = runs.map((run, row) => {
    const y = 24 + row * ROW;
    const bars = spansOf(run.moments).map(
      ({ name, colour, from, to }) =>
        `<rect x="${fix(x(from))}" y="${y}" width="${fix(x(to) - x(from))}" height="${BAR}" fill="${colour}"><title>${name}: ${fix(to - from)} s</title></rect>${label(x(from), x(to), y, to - from)}`,
    );
    const end = Math.max(...ends(run.moments));
    return [
      `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escaped(MODES[run.mode].title)}</text>`,
      ...bars,
      `<text x="${fix(x(end) + 6)}" y="${y + 13}">${fix(end)} s</text>`,
    ].join('');
  });
  return svg(24 + runs.length * ROW + 8, [...grid(last, x, 24 + runs.length * ROW), ...rows]);
}

/** What took longest, where in the start it lay. */
function details(run: TrialRun): string {
  const waits = [...run.longest].sort((a, b) => a.from - b.from);
  if (waits.length === 0) return '';
  const last = Math.max(...ends(run.moments), ...waits.map(({ from, seconds }) => from + seconds));
  const x = (seconds: number) => LEFT + 60 + (seconds / last) * (WIDTH - 60);
  const rows = waits.map(({ what, from, seconds }, row) => {
    const y = 24 + row * 22;
    return [
      `<text x="${LEFT + 52}" y="${y + 11}" text-anchor="end">${escaped(what.replace(/\.service$/, ''))}</text>`,
      `<rect x="${fix(x(from))}" y="${y}" width="${fix(Math.max(1, x(from + seconds) - x(from)))}" height="14" fill="#4a86b8"/>`,
      `<text x="${fix(x(from + seconds) + 5)}" y="${y + 11}">${fix(seconds)} s</text>`,
    ].join('');
  });
  const height = 24 + waits.length * 22;
  return `<h2>${escaped(MODES[run.mode].title)}: what took longest</h2>\n${svg(height + 8, [...grid(last, x, height), ...rows])}`;
}

function ends(moments: Moments): number[] {
  return Object.values(moments).filter((at) => at !== undefined);
}

function svg(height: number, content: readonly string[]): string {
  return `<svg width="${LEFT + WIDTH + 80}" height="${height}" role="img">${content.join('')}</svg>`;
}

function grid(last: number, x: (seconds: number) => number, height: number): string[] {
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((seconds) => last / seconds <= 12) ?? 1200;
  const lines: string[] = [];
  for (let at = 0; at <= last; at += step)
    lines.push(
      `<line x1="${fix(x(at))}" x2="${fix(x(at))}" y1="18" y2="${height}" stroke="#dde3e8"/><text x="${fix(x(at))}" y="12" text-anchor="middle" fill="#66717c">${at} s</text>`,
    );
  return lines;
}

function label(from: number, to: number, y: number, seconds: number): string {
  if (to - from < 34) return '';
  return `<text x="${fix((from + to) / 2)}" y="${y + 13}" text-anchor="middle" fill="#fff">${fix(seconds)}</text>`;
}

function fix(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
