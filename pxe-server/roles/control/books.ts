import { join } from 'node:path';
import { PairingDesk, pairingEntry } from '../../api/pairing.ts';
import { Attempts } from '../../enrol/attempts.ts';
import { Enrolment } from '../../enrol/enrolment.ts';
import { Heartbeats } from '../../enrol/heartbeats.ts';
import { Prover } from '../../enrol/prover.ts';
import { Journal } from '../../events/journal.ts';
import { Registry } from '../../hosts/registry.ts';
import { openStore, type Store } from '../../store/database.ts';
import type { KeyHolderCalls } from '../messages.ts';
import type { RoleProcess } from '../role.ts';
import type { ControlSettings } from './settings.ts';

/** What control keeps, and who works on it. */
export interface Books {
  store: Store;
  journal: Journal;
  registry: Registry;
  identity: KeyHolderCalls['identity']['reply'];
  pairing: PairingDesk;
  prover: Prover;
  enrolment: Enrolment;
  attempts: Attempts;
  heartbeats: Heartbeats;
  now: () => Date;
  onInternal: (error: unknown) => void;
}

/** @throws RackhandError where the database cannot be opened */
export async function openBooks({ settings, link, log }: RoleProcess<ControlSettings>): Promise<Books> {
  const now = () => new Date();
  const onInternal = (error: unknown) => log.error(error, 'internal');
  const store = await openStore(join(settings.state, 'control.db'));
  const journal = new Journal(store, now);
  const registry = new Registry(store, journal, now);
  await registry.load();
  const identity = await link.call<KeyHolderCalls['identity']['reply']>('keyholder', 'identity', {});
  const pairing = new PairingDesk(Date.now, (news) => {
    journal.record(pairingEntry(news)).catch(onInternal);
  });
  const prover = new Prover({ registry, journal, link, onInternal });
  const enrolment = new Enrolment({
    ...{ store, registry, journal, now, identity },
    heartbeatSeconds: settings.heartbeatSeconds,
    pendingHosts: settings.retention.pendingHosts,
    signHost: (request) => link.call('keyholder', 'signHost', request),
    onRegistered: (host) => prover.enqueue(host.id),
    onClaimed: (hashes) => link.notify('boot', { type: 'claimed', hashes }),
  });
  const attempts = new Attempts(registry, now);
  const heartbeats = new Heartbeats({
    ...{ registry, attempts, now },
    seconds: settings.heartbeatSeconds,
    reprove: (id) => prover.enqueue(id),
  });
  return {
    ...{ store, journal, registry, identity, pairing, prover },
    ...{ enrolment, attempts, heartbeats, now, onInternal },
  };
}
