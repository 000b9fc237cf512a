/** A boot that ends: the firmware or the loader gives up, and the machine begins anew. */
export class BootFault extends Error {}

/** What ends for good without a person: an agent that is refused does not ask again. */
export class LostFault extends Error {}

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Tries until it works, with these pauses (milliseconds) between; what is a fault is one at once.
 * @throws BootFault when they are over
 */
export async function persistently<T>(
  what: string,
  pauses: readonly number[],
  attempt: () => Promise<T>,
  repeated: () => void,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof BootFault || error instanceof LostFault) throw error;
      if (tries === pauses.length) throw new BootFault(`${what}: ${(error as Error).message}`);
      repeated();
      await sleep(pauses[tries]!);
    }
  }
}
