import { Roster } from '../hosts/roster.ts';
import type { Replica, ReplicaHost, ReplicaWord, ToldReplica } from './messages.ts';

/** Keeps something of its own of each host. */
export interface HostFollower {
  add(host: ReplicaHost): void;
  remove(host: ReplicaHost): void;
}

/** What control told a role there is to decide by: all of it once, then host by host. */
export class HeldReplica {
  readonly #followers: readonly HostFollower[];
  #replica: Replica | undefined;

  constructor(followers: readonly HostFollower[] = []) {
    this.#followers = followers;
  }

  /** Undefined until all of it was told. */
  now(): Replica | undefined {
    return this.#replica;
  }

  take(word: ReplicaWord): void {
    if (word.type === 'replica') this.#begin(word.replica);
    // Changes of nothing: all of it is on its way.
    else if (this.#replica) this.#change(this.#replica.hosts, word.hosts);
  }

  #begin(told: ToldReplica): void {
    const before = [...(this.#replica?.hosts ?? [])];
    this.#replica = heldReplica(told);
    this.#tell(before, told.hosts);
  }

  #change(
    hosts: Roster<ReplicaHost>,
    { changed, removed }: { changed: ReplicaHost[]; removed: string[] },
  ): void {
    const ids = [...removed, ...changed.map(({ id }) => id)];
    const before = ids.flatMap((id) => hosts.delete(id) ?? []);
    for (const host of changed) hosts.set(host);
    this.#tell(before, changed);
  }

  /** What was goes before what is comes: a MAC or an address may have moved from one host to another. */
  #tell(before: readonly ReplicaHost[], after: readonly ReplicaHost[]): void {
    for (const follower of this.#followers) {
      for (const host of before) follower.remove(host);
      for (const host of after) follower.add(host);
    }
  }
}

export function heldReplica(told: ToldReplica): Replica {
  return { ...told, hosts: new Roster(told.hosts) };
}
