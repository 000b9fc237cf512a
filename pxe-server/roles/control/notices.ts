import { traceEntry } from '../../events/trace-entry.ts';
import { Batch } from '../../store/batch.ts';
import type { Deliveries } from '../../templates/deliveries.ts';
import type { TraceDesk } from '../../trace/desk.ts';
import type { Recorder } from '../../trace/recorder.ts';
import type { BootTrace, MintedToken, ToControl } from '../messages.ts';
import type { RoleProcess } from '../role.ts';
import type { Announcer } from './announcer.ts';
import type { Books } from './books.ts';

/** Lines of the journal wait so many milliseconds for each other. */
const PAUSE_MS = 50;

interface Parts {
  books: Books;
  announcer: Announcer;
  deliveries: Deliveries;
  recorder: Recorder;
  desk: TraceDesk;
}

/**
 * Takes what the other roles tell.
 * @returns what waits until all that was told is written
 */
export function takeNotices(
  { link, log }: Pick<RoleProcess<unknown>, 'link' | 'log'>,
  { books, announcer, deliveries, recorder, desk }: Parts,
): () => Promise<void> {
  const { enrolment, prover, onInternal } = books;
  // Apart: a machine waits for its token, nobody for a line of the journal.
  const minted = new Batch<MintedToken>((tokens) => enrolment.tokens.accept(tokens), onInternal, {
    pause: 0,
  });
  const traces = new Batch<BootTrace>((told) => note(books, told), onInternal, { pause: PAUSE_MS });
  async function take(message: ToControl): Promise<void> {
    switch (message.type) {
      case 'replica-wanted':
        return announcer.announce();
      case 'minted':
        return minted.add(message.token);
      case 'probe-step':
        return prover.step(message);
      case 'trace': {
        const { kind, mac, address } = message.trace;
        if (kind === 'foreign-server' && mac && address) desk.foundServer(address, mac);
        return traces.add(message.trace);
      }
      case 'delivered':
        return deliveries.add(message.delivered);
      case 'steps':
        return recorder.take(message.steps);
    }
  }
  link.onNotice((_from, body) => void take(body as ToControl).catch((error) => log.error(error)));
  return async () => {
    await Promise.all([minted.drained(), traces.drained()]);
  };
}

async function note({ journal, enrolment, attempts, onInternal }: Books, told: BootTrace[]): Promise<void> {
  await journal.recordAll(told.map(traceEntry));
  const heard = async (trace: BootTrace) => {
    if (trace.kind === 'kickstart' && trace.hostId !== null)
      await enrolment.tokens.kickstartGiven(trace.hostId);
    await attempts.heard(trace);
  };
  // Hosts beside each other, so that they share commits; each in its order. One that cannot be written takes no
  // other along: among them may be what disarms a host.
  const inOrder = async (traces: BootTrace[]) => {
    for (const trace of traces) await heard(trace).catch(onInternal);
  };
  await Promise.all([...Map.groupBy(told, ({ hostId }) => hostId).values()].map(inOrder));
}
