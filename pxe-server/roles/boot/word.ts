import type { AdmissionDesk } from '../../admission/desk.ts';
import type { Mint } from '../../boot/tokens.ts';
import { liveRendering, type Rendering } from '../../templates/rendering.ts';
import { firstWord } from '../first-word.ts';
import { HeldReplica } from '../held-replica.ts';
import type { ControlCalls, Replica, ToDecider } from '../messages.ts';
import type { RoleProcess } from '../role.ts';

/** Milliseconds that a start waits for control, which may be starting too: machines can wait for so long. */
const CONTROL_MS = 3000;
/** And until which its word is still worth taking: as long as a role may take to get ready. */
const CONTROL_LATEST_MS = 90_000;

/** What control said last. */
export interface ControlsWord {
  /** Undefined until it has said anything. */
  replica: () => Replica | undefined;
  rendering: () => Rendering;
}

/** Takes control's word now and whenever it says another. */
export async function takeWord(
  { link, log }: Pick<RoleProcess<unknown>, 'link' | 'log'>,
  { mint, turns }: { mint: Mint; turns: AdmissionDesk },
): Promise<ControlsWord> {
  const held = new HeldReplica();
  let hasTemplates = false;
  const rendering = liveRendering();
  link.onNotice((_from, body) => {
    const message = body as ToDecider;
    if (message.type === 'replica' || message.type === 'hosts') held.take(message);
    else if (message.type === 'install-began') mint.began(message.hostId);
    else if (message.type === 'templates') {
      rendering.take(message.templates);
      hasTemplates = true;
    } else for (const machine of mint.claimed(message.hashes)) turns.arrived(machine);
  });
  await firstWord(
    () => link.call<ControlCalls['bootStarts']['reply']>('control', 'bootStarts', {}, CONTROL_LATEST_MS),
    (word) => {
      // What came meanwhile is as new or newer.
      if (!held.now()) held.take({ type: 'replica', replica: word.replica });
      if (!hasTemplates) rendering.take(word.templates);
      mint.restore(word.kickstarts);
    },
    { patience: CONTROL_MS, onFault: (error) => log.warn(error, 'starts without the word of control') },
  );
  return { replica: () => held.now(), rendering: () => rendering.now() };
}
