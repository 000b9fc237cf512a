import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks for what a role needs before it begins, and waits for it for so long (milliseconds); what comes later is taken
 * then. A failure is asked again once: the role that is asked may have ended meanwhile, and another takes its place.
 */
export async function firstWord<Word>(
  ask: () => Promise<Word>,
  take: (word: Word) => void,
  { patience, onFault }: { patience: number; onFault: (error: unknown) => void },
): Promise<void> {
  const again = (error: unknown) => {
    onFault(error);
    return ask();
  };
  const taken = ask().catch(again).then(take).catch(onFault);
  await Promise.race([taken, pause(patience, undefined, { ref: false })]);
}
