import { join } from 'node:path';
import { type Image, openCatalog } from '../../builder/catalog/catalog.ts';
import type { LeaseBook, ServedSubnet } from '../api/lease-views.ts';
import { PairingDesk, pairingEntry } from '../api/pairing.ts';
import { apiServer } from '../api/server.ts';
import { apiTokenName, firstApiToken } from '../api/tokens.ts';
import { imageView } from '../api/views.ts';
import { baseUrl } from '../boot/answer.ts';
import type { NotGiven } from '../boot/offer.ts';
import { officeOf } from '../dhcp/leases/questions.ts';
import { Attempts } from '../enrol/attempts.ts';
import { BootReports } from '../enrol/boot-reports.ts';
import { Enrolment } from '../enrol/enrolment.ts';
import { Heartbeats } from '../enrol/heartbeats.ts';
import { InstallLog } from '../enrol/install-log.ts';
import { InstallReports } from '../enrol/install-reports.ts';
import { mintForMedium } from '../enrol/media.ts';
import { Prover } from '../enrol/prover.ts';
import { renewal, serviceTls } from '../enrol/service-tls.ts';
import { Journal } from '../events/journal.ts';
import { traceEntry } from '../events/trace-entry.ts';
import { declareFromFile } from '../hosts/hosts-file.ts';
import { imageUses } from '../hosts/image-uses.ts';
import { matchUnchanging } from '../hosts/match.ts';
import type { Host } from '../hosts/model.ts';
import { NotedUses, serverId } from '../hosts/noted-uses.ts';
import { Registry } from '../hosts/registry.ts';
import { agentHttp, replaceTls } from '../http/agent-http.ts';
import { listenAll } from '../http/listen.ts';
import { linkSpeed } from '../net/link-speed.ts';
import { Batch } from '../store/batch.ts';
import { openStore } from '../store/database.ts';
import { keepPruned, type Retention } from '../store/retention.ts';
import { TraceStore } from '../store/traces.ts';
import { Deliveries } from '../templates/deliveries.ts';
import { TemplateVersions } from '../templates/versions.ts';
import { TraceDesk } from '../trace/desk.ts';
import { Recorder } from '../trace/recorder.ts';
import { loadUi } from '../ui/files.ts';
import { openTemplates } from './control-templates.ts';
import type {
  BootCalls,
  BootTrace,
  ControlCalls,
  DhcpCalls,
  KeyHolderCalls,
  MintedToken,
  ReplicaImage,
  ReplicaInstaller,
  ToControl,
} from './messages.ts';
import { buildReplica, toReplicaImage, withoutInstall } from './replica.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface ControlSettings {
  version: string;
  state: string;
  catalog: string;
  defaultImage: string | null;
  unknown: 'inventory' | 'ignore';
  /** Texts by name: those that come with the program, and those of the configuration's folder. */
  templates: { shipped: Record<string, string>; folder: Record<string, string> };
  /** For root of installed hosts. */
  sshKeys: string[];
  installers: ReplicaInstaller[];
  secureBoot: boolean;
  signedLoaders: boolean;
  /** Networks of the provisioning interfaces: "192.0.2.0/24". */
  subnets: string[];
  /** Those in which addresses are given. */
  served: ServedSubnet[];
  notGiven: NotGiven[];
  prefixes: string[];
  retention: Retention & { pendingHosts: number };
  heartbeatSeconds: number;
  tokenMinutes: number;
  hostsFile: string | null;
  /** Our addresses on the provisioning interfaces, in the order of the https-N sockets. */
  addresses: string[];
  httpsPort: number;
  httpPort: number;
}

/** Hosts, events, API, page and the agents' endpoint. Keys stay with the key holder. */
async function start({
  settings,
  sockets,
  link,
  log,
}: RoleProcess<ControlSettings>): Promise<() => Promise<void>> {
  const now = () => new Date();
  const startedAt = now().toISOString();
  const catalog = openCatalog(settings.catalog);
  let images: Image[] = await catalog.list();
  const store = await openStore(join(settings.state, 'control.db'));
  const journal = new Journal(store, now);
  const registry = new Registry(store, journal, now);
  await registry.load();
  const identity = await link.call<KeyHolderCalls['identity']['reply']>('keyholder', 'identity', {});
  const onInternal = (error: unknown) => log.error(error, 'internal');
  const pairing = new PairingDesk(Date.now, (news) => {
    journal.record(pairingEntry(news)).catch(onInternal);
  });
  const prover = new Prover({ registry, journal, link, onInternal });
  const enrolment = new Enrolment({
    store,
    registry,
    journal,
    now,
    identity,
    heartbeatSeconds: settings.heartbeatSeconds,
    pendingHosts: settings.retention.pendingHosts,
    signHost: (request) => link.call('keyholder', 'signHost', request),
    onRegistered: (host) => prover.enqueue(host.id),
    onClaimed: (hashes) => link.notify('boot', { type: 'claimed', hashes }),
  });
  const attempts = new Attempts(registry, now);
  const heartbeats = new Heartbeats({
    registry,
    attempts,
    now,
    seconds: settings.heartbeatSeconds,
    reprove: (id) => prover.enqueue(id),
  });

  const uses = new NotedUses({
    ...{ catalog: settings.catalog, server: await serverId(settings.state), now },
    onFault: (error) => {
      log.warn(error, 'uses');
      const message = `${join(settings.catalog, 'uses')} cannot be written: whoever prunes the catalog does not know what hosts use`;
      const about = { kind: 'service', severity: 'warning', hostId: null, mac: null } as const;
      journal.record({ ...about, message }).catch(onInternal);
    },
  });
  const replicaImages = () => images.map((image) => toReplicaImage(image, settings.catalog));
  const replicaOf = (hosts: readonly Host[]) =>
    buildReplica(
      hosts,
      replicaImages(),
      { ...settings, kickstarts: templates.names() },
      identity.fingerprint,
    );
  const replicaNow = () => replicaOf(registry.list());
  const announce = debounce(50, () => {
    const replica = replicaNow();
    link.notify('boot', { type: 'replica', replica }, { keep: 'replica' });
    link.notify('dhcp', { type: 'replica', replica: withoutInstall(replica) }, { keep: 'replica' });
    uses.note(imageUses(registry.list(), settings.defaultImage));
  });
  registry.onChange(announce);
  const deliveries = new Deliveries(store, now);
  const templates = await openTemplates(settings, {
    ...{ versions: new TemplateVersions(store, now), deliveries, journal, registry, replicaOf },
    serviceCa: identity.serviceCa,
    tell: (live) => {
      link.notify('boot', { type: 'templates', templates: live }, { keep: 'templates' });
      announce();
    },
    onInternal,
  });
  link.answer('bootStarts', async (): Promise<ControlCalls['bootStarts']['reply']> => {
    return {
      ...{ replica: replicaNow(), templates: templates.live() },
      kickstarts: await enrolment.kickstarts(),
    };
  });
  const recorder = openRecorder(settings, registry);
  const installLog = new InstallLog({ registry, journal, onInternal });
  recorder.follow((recorded) => installLog.recorded(recorded));
  const desk = traceDesk(settings, recorder, replicaImages);
  // Apart: a machine waits for its token, nobody for a line of the journal.
  const minted = new Batch<MintedToken>((tokens) => enrolment.accept(tokens), onInternal, { pause: 0 });
  const traces = new Batch<BootTrace>(note, onInternal, { pause: 50 });
  link.onNotice((_from, body) => void receive(body as ToControl).catch((error) => log.error(error)));
  async function note(told: BootTrace[]): Promise<void> {
    await journal.recordAll(told.map(traceEntry));
    // One that cannot be written takes no other along: among them may be what disarms a host.
    for (const trace of told) await heard(trace).catch(onInternal);
  }
  async function heard(trace: BootTrace): Promise<void> {
    if (trace.kind === 'kickstart' && trace.hostId !== null) await enrolment.kickstartGiven(trace.hostId);
    await attempts.heard(trace);
  }
  async function receive(message: ToControl): Promise<void> {
    switch (message.type) {
      case 'replica-wanted':
        return announce();
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

  const leases: LeaseBook = {
    office: officeOf((question) => link.call<DhcpCalls['leases']['reply']>('dhcp', 'leases', question)),
    subnets: settings.served,
  };
  if (settings.hostsFile !== null) {
    const fault = await declareFromFile(settings.hostsFile, { registry, journal });
    if (fault) log.warn(fault, 'hosts file');
  }
  await firstApiToken(store, join(settings.state, 'api-token'), now());
  // Media and people at a console reach the service by IPv4, which every provisioning interface has.
  const typed = settings.addresses.filter((address) => !address.includes(':'));
  const api = await apiServer(
    {
      version: settings.version,
      startedAt,
      registry,
      journal,
      pairing,
      images: () => ({ images: images.map(imageView), default: settings.defaultImage }),
      offer: () => ({ ...settings, kickstarts: templates.names(), images: replicaImages() }),
      servers: typed.map((address) => `${address}:${settings.httpsPort}`),
      caFingerprint: identity.fingerprint,
      serviceCa: identity.serviceCa,
      imageServers: typed.map((address) => baseUrl({ address, httpPort: settings.httpPort })),
      traces: desk,
      mintForMedium: (host, days) => mintForMedium({ store, registry, now }, host, days),
      leases: settings.served.length > 0 ? leases : null,
      queue: (question) => link.call<BootCalls['queue']['reply']>('boot', 'queue', question),
      templates,
      tokenName: (hash) => apiTokenName(store, hash),
      plan: (question) => link.call<BootCalls['plan']['reply']>('boot', 'plan', question),
      probe: (host) => prover.enqueue(host.id),
      onInternal,
    },
    loadUi(),
  );
  await api.ready();
  api.server.listen({ fd: sockets.api! });

  const freshTls = () =>
    serviceTls(settings.addresses, (request) => link.call('keyholder', 'issueService', request));
  const tls = await freshTls();
  const agents = await agentHttp({
    tls,
    serviceCa: identity.serviceCa,
    enrolment,
    reports: new BootReports({ store, registry, journal, now }),
    installs: new InstallReports({
      ...{ store, registry, journal, now },
      onStep: (step) => recorder.take([step]),
      onBegan: (hostId) => link.notify('boot', { type: 'install-began', hostId }),
    }),
    pairing,
    tokenMinutes: settings.tokenMinutes,
    onStep: (step) => recorder.take([step]),
    onHeartbeat: (host, heartbeat, peer) => heartbeats.received(host, heartbeat, peer),
    onWrongPairing: (peer) =>
      void journal.record({
        kind: 'pairing',
        severity: 'warning',
        hostId: null,
        mac: null,
        message: `wrong or late pairing code from ${peer}`,
      }),
    onInternal,
  });
  await agents.ready();
  const listeners = await listenAll(
    agents,
    settings.addresses.map((_, i) => sockets[`https-${i}`]!),
  );

  announce();
  prover.resume();
  const rescan = setInterval(() => {
    void catalog.list().then(
      (found) => {
        const changed = offered(found) !== offered(images);
        images = found;
        if (changed) announce();
        uses.note(imageUses(registry.list(), settings.defaultImage)); // once more, if it could not be written
      },
      (error) => log.error(error),
    );
  }, 5000);
  const keepTls = renewal(tls, freshTls, (fresh) => replaceTls(agents, fresh), now);
  const hourly = setInterval(() => void keepTls().catch((error) => log.error(error)), 3600_000);
  const stopping = new AbortController();
  const { retention } = settings;
  const pruning = keepPruned({ store, retention, now, signal: stopping.signal }, onInternal);
  const beat = setInterval(() => {
    void heartbeats.check().catch((error) => log.error(error));
    recorder.save();
  }, 1000);
  await journal.record({
    kind: 'service',
    severity: 'notice',
    hostId: null,
    mac: null,
    message: 'control started',
  });
  return async () => {
    clearInterval(rescan);
    clearInterval(beat);
    clearInterval(hourly);
    stopping.abort();
    for (const server of listeners) server.close();
    await Promise.all([
      api.close(),
      agents.close(),
      minted.drained(),
      traces.drained(),
      pruning,
      uses.settled(),
    ]);
    recorder.close();
    await store.destroy();
  };
}
/** Traces of boots by host, as far as a MAC names one. */
function openRecorder({ state }: ControlSettings, registry: Registry): Recorder {
  let hosts: ReturnType<Registry['matchable']> | undefined;
  registry.onChange((host, id) => {
    hosts = undefined;
    if (!host) recorder.forget(id);
  });
  const recorder = new Recorder({
    store: new TraceStore(join(state, 'traces.db')),
    hostOf(mac) {
      hosts ??= registry.matchable();
      const match = matchUnchanging(hosts, { mac });
      return match.kind === 'host' ? match.host.id : undefined;
    },
    now: Date.now,
  });
  return recorder;
}

function traceDesk(
  { addresses, httpsPort }: ControlSettings,
  recorder: Recorder,
  images: () => ReplicaImage[],
): TraceDesk {
  const around = {
    ...{ ours: addresses, httpsPort, linkMbit: linkSpeed(addresses) },
    image: (id: string) => images().find((image) => image.id === id) ?? null,
  };
  return new TraceDesk(recorder, around, Date.now);
}

/** What is offered: an image that was built again has another provenance, and may be the newest of its recipe. */
function offered(images: readonly Image[]): string {
  return images.flatMap(({ papers, tags }) => [...papers.map(({ sha256 }) => sha256), ...tags]).join();
}

/** Calls the action once, some time after the first of many calls. */
function debounce(milliseconds: number, action: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      action();
    }, milliseconds);
  };
}

await runRole('control', start);
