import { declareFromFile } from '../hosts/hosts-file.ts';
import { keepPruned } from '../store/retention.ts';
import { Deliveries } from '../templates/deliveries.ts';
import type { Recorder } from '../trace/recorder.ts';
import { serveAgents } from './control/agents.ts';
import { Announcer } from './control/announcer.ts';
import { serveApi } from './control/api.ts';
import { type Books, openBooks } from './control/books.ts';
import { ImageWatch } from './control/image-watch.ts';
import { takeNotices } from './control/notices.ts';
import { startRecording } from './control/recording.ts';
import type { ControlSettings } from './control/settings.ts';
import { openTemplates } from './control/templates.ts';
import type { ControlCalls } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

/** How often silence of hosts is looked for and traces are saved, milliseconds. */
const BEAT_MS = 1000;

/** Hosts, events, API, page and the agents' endpoint. Keys stay with the key holder. */
async function start(process: RoleProcess<ControlSettings>): Promise<() => Promise<void>> {
  const { settings, link, log } = process;
  const startedAt = new Date().toISOString();
  const watch = await ImageWatch.open(settings.catalog);
  const books = await openBooks(process);
  const { store, enrolment } = books;
  const announcer = await Announcer.open(process, books, watch);
  const deliveries = new Deliveries(store, books.now);
  const templates = await openTemplates(settings, {
    ...{ books, deliveries },
    replicaOf: (hosts) => announcer.replicaOf(hosts),
    tell: (live) => {
      link.notify('boot', { type: 'templates', templates: live }, { keep: 'templates' });
      announcer.offers(Object.keys(live.texts));
    },
  });
  link.answer('bootStarts', async (): Promise<ControlCalls['bootStarts']['reply']> => {
    const kickstarts = await enrolment.tokens.kickstarts();
    return { replica: announcer.replica(), templates: templates.live(), kickstarts };
  });
  const { recorder, desk } = startRecording(settings, books, announcer);
  const noticesWritten = takeNotices(process, { books, announcer, deliveries, recorder, desk });
  await declareHosts(process, books);

  const closeApi = await serveApi(process, { startedAt, books, watch, announcer, desk, templates });
  const closeAgents = await serveAgents(process, books, (step) => recorder.take([step]));
  announcer.announce();
  books.prover.resume();
  watch.follow(
    (changed) => (changed ? announcer.announce() : announcer.noteUses()),
    (error) => log.error(error),
  );
  const endChores = startChores(process, books, recorder);
  const about = { kind: 'service', severity: 'notice', hostId: null, mac: null } as const;
  await books.journal.record({ ...about, message: 'control started' });
  return async () => {
    watch.stop();
    await Promise.all([closeApi(), closeAgents(), endChores(), noticesWritten()]);
    await announcer.settled();
    recorder.close();
    await store.destroy();
  };
}

/** Those of the file that the configuration names; a fault of it stops nothing. */
async function declareHosts(
  { settings, log }: RoleProcess<ControlSettings>,
  { registry, journal }: Books,
): Promise<void> {
  if (settings.hostsFile === null) return;
  const fault = await declareFromFile(settings.hostsFile, { registry, journal });
  if (fault) log.warn(fault, 'hosts file');
}

/**
 * What has to be done from time to time.
 * @returns what ends it
 */
function startChores(
  { settings: { retention }, log }: RoleProcess<ControlSettings>,
  { store, heartbeats, now, onInternal }: Books,
  recorder: Recorder,
): () => Promise<void> {
  const stopping = new AbortController();
  const pruning = keepPruned({ store, retention, now, signal: stopping.signal }, onInternal);
  const beat = setInterval(() => {
    heartbeats.check().catch((error) => log.error(error));
    recorder.save();
  }, BEAT_MS);
  return async () => {
    clearInterval(beat);
    stopping.abort();
    await pruning;
  };
}

await runRole('control', start);
