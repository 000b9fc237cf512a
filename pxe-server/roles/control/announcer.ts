import { join } from 'node:path';
import { imageUses } from '../../hosts/image-uses.ts';
import type { Host } from '../../hosts/model.ts';
import { NotedUses, serverId } from '../../hosts/noted-uses.ts';
import type { Replica, ReplicaImage } from '../messages.ts';
import { buildReplica, toReplicaImage, withoutInstall } from '../replica.ts';
import type { RoleProcess } from '../role.ts';
import type { Books } from './books.ts';
import type { ImageWatch } from './image-watch.ts';
import type { ControlSettings } from './settings.ts';

/** Changes that come within so many milliseconds are told at once. */
const PAUSE_MS = 50;

interface Parts {
  process: RoleProcess<ControlSettings>;
  books: Books;
  watch: ImageWatch;
  uses: NotedUses;
}

/** Tells the deciding roles what there is to decide by, and the catalog what of it is in use. */
export class Announcer {
  readonly #parts: Parts;
  #kickstarts: string[] = [];
  #waiting = false;

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
    books.registry.onChange(() => announcer.announce());
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

  replicaOf(hosts: readonly Host[]): Replica {
    const { process, books } = this.#parts;
    const settings = { ...process.settings, kickstarts: this.#kickstarts };
    return buildReplica(hosts, this.images(), settings, books.identity.fingerprint);
  }

  replica(): Replica {
    return this.replicaOf(this.#parts.books.registry.list());
  }

  announce(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#tell();
    }, PAUSE_MS);
  }

  /** Also once more what could not be written. */
  noteUses(): void {
    const { process, books, uses } = this.#parts;
    uses.note(imageUses(books.registry.list(), process.settings.defaultImage));
  }

  settled(): Promise<void> {
    return this.#parts.uses.settled();
  }

  #tell(): void {
    const { link } = this.#parts.process;
    const replica = this.replica();
    link.notify('boot', { type: 'replica', replica }, { keep: 'replica' });
    link.notify('dhcp', { type: 'replica', replica: withoutInstall(replica) }, { keep: 'replica' });
    this.noteUses();
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
