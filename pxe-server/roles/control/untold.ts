/** So many hosts may be told in changes before all of them are told anew, if there are no more than so many. */
const FEW = 1000;

/** What the other roles are to be told next: all hosts, or those that changed. */
export type Next = { kind: 'all' } | { kind: 'changed'; ids: string[] } | { kind: 'nothing' };

/**
 * Keeps what was not told yet. Changes are kept by the launcher for roles that restart, so that all is told anew once
 * they are as much as all of it: a change costs the same however many hosts there are.
 */
export class Untold {
  #all = true;
  #changed = new Set<string>();
  #toldInChanges = 0;

  all(): void {
    this.#all = true;
  }

  host(id: string): void {
    this.#changed.add(id);
  }

  /** To be told now. @param hosts how many there are */
  next(hosts: number): Next {
    const ids = [...this.#changed];
    this.#changed = new Set();
    if (this.#all || this.#toldInChanges + ids.length > Math.max(FEW, hosts)) {
      this.#all = false;
      this.#toldInChanges = 0;
      return { kind: 'all' };
    }
    this.#toldInChanges += ids.length;
    return ids.length > 0 ? { kind: 'changed', ids } : { kind: 'nothing' };
  }
}
