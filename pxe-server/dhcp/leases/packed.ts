import type { Lease } from './lease.ts';
import type { LeaseQuestion } from './questions.ts';

type Import = Extract<LeaseQuestion, { ask: 'import' }>;

/** A question as it goes to the thread: a list of leases as columns, which are quick to take over. */
export type PackedQuestion =
  | Exclude<LeaseQuestion, Import>
  | (Omit<Import, 'leases'> & {
      addresses: Uint32Array;
      expires: Float64Array;
      /** One below the other. */
      states: string;
      clients: string;
    });

export function pack(question: LeaseQuestion): PackedQuestion {
  if (question.ask !== 'import') return question;
  const { leases, ...rest } = question;
  return {
    ...rest,
    addresses: Uint32Array.from(leases, ({ address }) => address),
    expires: Float64Array.from(leases, ({ expires }) => expires),
    states: leases.map(({ state }) => state).join('\n'),
    clients: leases.map(({ client }) => client).join('\n'),
  };
}

export function unpack(packed: PackedQuestion): LeaseQuestion {
  if (packed.ask !== 'import') return packed;
  const { addresses, expires, states, clients, ...rest } = packed;
  const [state, client] = [states.split('\n') as Lease['state'][], clients.split('\n')];
  const leases = Array.from(addresses, (address, i) => {
    return { address, client: client[i]!, state: state[i]!, expires: expires[i]! };
  });
  return { ...rest, leases };
}
