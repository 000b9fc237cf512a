import { join } from 'node:path';
import { InstallLog } from '../../enrol/install-log.ts';
import { matchableOf, type Registry } from '../../hosts/registry.ts';
import { Roster } from '../../hosts/roster.ts';
import { linkSpeed } from '../../net/link-speed.ts';
import { TraceStore } from '../../store/traces.ts';
import { TraceDesk } from '../../trace/desk.ts';
import { Recorder } from '../../trace/recorder.ts';
import type { Announcer } from './announcer.ts';
import type { Books } from './books.ts';
import type { ControlSettings } from './settings.ts';

/** What is seen of boots: kept, brought into the stories of hosts, and told to who asks. */
export function startRecording(
  settings: ControlSettings,
  { registry, journal, onInternal }: Books,
  announcer: Announcer,
): { recorder: Recorder; desk: TraceDesk } {
  const recorder = openRecorder(settings, registry);
  const installLog = new InstallLog({ registry, journal, onInternal });
  recorder.follow((recorded) => installLog.recorded(recorded));
  const { addresses, httpsPort } = settings;
  const around = {
    ...{ ours: addresses, httpsPort, linkMbit: linkSpeed(addresses) },
    image: (id: string) => announcer.images().find((image) => image.id === id) ?? null,
  };
  return { recorder, desk: new TraceDesk(recorder, around, Date.now) };
}

/** Traces of boots by host, as far as a MAC names one. */
function openRecorder({ state }: ControlSettings, registry: Registry): Recorder {
  const hosts = new Roster(registry.matchable());
  registry.onChange((host, id) => {
    if (host) return hosts.set(matchableOf(host));
    hosts.delete(id);
    recorder.forget(id);
  });
  const recorder = new Recorder({
    store: new TraceStore(join(state, 'traces.db')),
    hostOf(mac) {
      const match = hosts.match({ mac });
      return match.kind === 'host' ? match.host.id : undefined;
    },
    now: Date.now,
  });
  return recorder;
}
