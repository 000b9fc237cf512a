import { join } from 'node:path';
import { imageUses } from '../../hosts/image-uses.ts';
import type { Host } from '../../hosts/model.ts';
import { NotedUses, serverId } from '../../hosts/noted-uses.ts';
import type { HostChanges, ReplicaImage, ReplicaWord, ToldReplica } from '../messages.ts';
import { buildReplica, toReplicaHost, toReplicaImage, withoutInstall } from '../replica.ts';
import type { RoleProcess } from '../role.ts';
import type { Books } from './books.ts';
import type { ImageWatch } from './image-watch.ts';
import type { ControlSettings } from './settings.ts';
import { Untold } from './untold.ts';

/** Changes that come within so many milliseconds are told at once. */
const PAUSE_MS = 50;
/** Between two notes in the catalog, for which all hosts are looked through; the first one waits for nothing. */
const USES_MS = 1000;

interface Parts {
  process: RoleProcess<ControlSettings>;
  books: Books;
  watch: ImageWatch;
  uses: NotedUses;
}

/** Tells the deciding roles what there is to decide by, and the catalog what of it is in use. */
export class Announcer {
  readonly #parts: Parts;
  readonly #untold = new Untold();
  #kickstarts: string[] = [];
  #waiting = false;
  #usesChanged: NodeJS.Timeout | undefined;
  /** When it was noted last, by performance.now(). */
  #noted = Number.NEGATIVE_INFINITY;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** From now on each change of a host is told. */
  static async open(
    process: RoleProcess<ControlSettings>,
    books: Books,
    watch: ImageWatch,
  ): Promise<Announcer> {
    const announcer = new Announcer({ process, books, watch, uses: await notedUses(process, books) });
    books.registry.onChange((_host, id) => announcer.#changed(id));
    return announcer;
  }

  images(): ReplicaImage[] {
    const { watch, process } = this.#parts;
    return watch.images.map((image) => toReplicaImage(image, process.settings.catalog));
  }

  /** Names of the kickstarts that declarations may name. */
  kickstarts(): string[] {
    return this.#kickstarts;
  }

  offers(kickstarts: string[]): void {
    this.#kickstarts = kickstarts;
    this.announce();
  }

  replicaOf(hosts: readonly Host[]): ToldReplica {
    const { process, books } = this.#parts;
    const settings = { ...process.settings, kickstarts: this.#kickstarts };
    return buildReplica(hosts, this.images(), settings, books.identity.fingerprint);
  }

  replica(): ToldReplica {
    return this.replicaOf(this.#parts.books.registry.list());
  }

  /** Tells all of it anew. */
  announce(): void {
    this.#untold.all();
    this.#tellSoon();
  }

  #changed(id: string): void {
    this.#untold.host(id);
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#tell();
    }, PAUSE_MS);
  }

  /** Also once more what could not be written. */
  noteUses(): void {
    clearTimeout(this.#usesChanged);
    this.#usesChanged = undefined;
    this.#noted = performance.now();
    const { process, books, uses } = this.#parts;
    uses.note(imageUses(books.registry.list(), process.settings.defaultImage));
  }

  /** The last of it is noted: nothing changes any more. */
  settled(): Promise<void> {
    this.noteUses();
    return this.#parts.uses.settled();
  }

  #tell(): void {
    const { link } = this.#parts.process;
    const { registry } = this.#parts.books;
    const next = this.#untold.next(registry.size);
    if (next.kind === 'nothing') return;
    if (next.kind === 'all') {
      const replica = this.replica();
      const word = (told: ToldReplica): ReplicaWord => ({ type: 'replica', replica: told });
      link.notify('boot', word(replica), { keep: 'replica' });
      link.notify('dhcp', word(withoutInstall(replica)), { keep: 'replica' });
    } else {
      const hosts = this.#changesOf(next.ids);
      const word = (told: HostChanges): ReplicaWord => ({ type: 'hosts', hosts: told });
      link.notify('boot', word(hosts), { keep: 'replica', follows: true });
      link.notify('dhcp', word(withoutInstall(hosts)), { keep: 'replica', follows: true });
    }
    const pause = Math.max(0, this.#noted + USES_MS - performance.now());
    this.#usesChanged ??= setTimeout(() => this.noteUses(), pause);
  }

  #changesOf(ids: readonly string[]): HostChanges {
    const { registry } = this.#parts.books;
    const told = ids.map((id) => ({ id, host: registry.peek(id) }));
    return {
      changed: told.flatMap(({ host }) => (host ? [toReplicaHost(host)] : [])),
      removed: told.flatMap(({ id, host }) => (host ? [] : [id])),
    };
  }
}

async function notedUses(
  { settings, log }: RoleProcess<ControlSettings>,
  { now, journal, onInternal }: Books,
): Promise<NotedUses> {
  const folder = join(settings.catalog, 'uses');
  const message = `${folder} cannot be written: whoever prunes the catalog does not know what hosts use`;
  return new NotedUses({
    ...{ catalog: settings.catalog, server: await serverId(settings.state), now },
    onFault: (error) => {
      log.warn(error, 'uses');
      const about = { kind: 'service', severity: 'warning', hostId: null, mac: null } as const;
      journal.record({ ...about, message }).catch(onInternal);
    },
  });
}
