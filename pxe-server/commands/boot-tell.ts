import type { BootAnswer, BootDiagnosis, BootStep } from '../api/boot-schemas.ts';
import { plainText } from '../events/plain-text.ts';
import { columns, time } from './tell.ts';

/** Why a host did not boot, for people at a terminal. */
export function whyText(answer: BootAnswer): string {
  const { host, boot, mac, reach, diagnoses, steps, left, boots } = answer;
  const others = boots.filter((other) => other.boot !== boot);
  return [
    steps.length === 0
      ? `${host}: no boot was seen\n`
      : `${host}: boot of ${time(boot)}${mac ? ` by ${mac}` : ''}, ${REACH[reach]}\n`,
    diagnoses.length === 0 ? `\nnothing wrong was found${reach === 'registered' ? '' : YET}\n` : '',
    ...diagnoses.map(diagnosisText),
    steps.length === 0 ? '' : `\nsteps\n${columns(steps.map(stepCells))}`,
    left > 0 ? `  and ${left} more that were not kept\n` : '',
    others.length === 0 ? '' : `\nother boots (rackhand hosts why ${host} --boot TIME)\n`,
    columns(others.map((other) => [`  ${other.boot}`, REACH[other.reach], other.diagnosis ?? ''])),
  ].join('');
}

/** A boot that ended without a word looks like one that goes on, for a while. */
const YET =
  ' yet; silence tells after half a minute behind a loader, a minute and a half behind a kernel, four behind an image';

/** How far it came, as words. */
const REACH: Record<BootAnswer['reach'], string> = {
  nothing: 'nothing was heard',
  asked: 'asked for an address',
  offered: 'was offered an address',
  leased: 'had its address',
  loader: 'loaded its loader',
  script: 'had its boot script',
  kernel: 'loaded its kernel',
  network: 'its system had the network',
  image: 'loaded its image',
  agent: 'its agent called',
  registered: 'registered',
};

const EFFECT: Record<BootDiagnosis['effect'], string> = {
  stops: 'stopped by',
  slows: 'slowed by',
  notes: 'also',
};
const CERTAINTY: Record<BootDiagnosis['certainty'], string> = {
  certain: '',
  likely: 'likely ',
  possible: 'perhaps ',
};

export function diagnosisText({ kind, effect, certainty, what, mend, evidence }: BootDiagnosis): string {
  const shown =
    evidence.length > 0 ? `\n  shown by: ${evidence.map((number) => `#${number}`).join(' ')}` : '';
  return `\n${CERTAINTY[certainty]}${EFFECT[effect]} [${plainText(kind)}]: ${plainText(what)}\n  mend: ${plainText(mend)}${shown}\n`;
}

/** One line of what happens. */
export function stepText(step: BootStep): string {
  const [number, at, arrow, layer, message] = stepCells(step) as [string, string, string, string, string];
  return `${number.padStart(5)}  ${at}  ${arrow} ${layer.padEnd(9)}  ${plainText(message)}\n`;
}

const ARROWS: Record<BootStep['direction'], string> = { in: '→', out: '←', other: '!', note: '·' };

/** Seen from the machine on the left: what it says goes to us. */
function stepCells({ number, time: at, direction, layer, message }: BootStep): string[] {
  return [`  #${number}`, at.slice(11, 23), ARROWS[direction], layer, message];
}
