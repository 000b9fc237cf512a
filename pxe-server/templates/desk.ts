import { RackhandError } from '../../builder/shared/errors.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import { nearest } from '../../builder/shared/nearest.ts';
import { resolveKickstart } from '../boot/resolve.ts';
import type { Journal } from '../events/journal.ts';
import type { Host } from '../hosts/model.ts';
import { type Judged, judgeChange } from './change.ts';
import type { Delivered, Deliveries } from './deliveries.ts';
import { folderNews } from './folder.ts';
import { lineDiff } from './line-diff.ts';
import { isSnippet, type LiveTemplates, liveTemplates, TemplateName, type Version } from './names.ts';
import { templatesOf } from './rendering.ts';
import { type ShownKickstart, type Tryout, triedBy } from './tryout.ts';
import { countUsers, wholeWith } from './users.ts';
import type { TemplateVersions } from './versions.ts';

export interface DeskParts {
  versions: TemplateVersions;
  shipped: ReadonlyMap<string, string>;
  tryout: Tryout;
  deliveries: Deliveries;
  hosts: () => readonly Host[];
  journal: Journal;
  /** Kickstarts are made from other texts from now on. */
  onChange: (live: LiveTemplates) => void;
}

/** Who changes something, and how it is told. */
export interface Editor {
  author: string;
  /** Where the request came from. */
  address: string;
}

export interface Change {
  /** Null: as it is shipped, or away. */
  text: string | null;
  /** The version that the change was made from; 0 when the site had none. */
  expected: number;
  message: string;
  /** Accept it although hosts would get no kickstart by it. */
  untried?: boolean;
}

export type Accepted = Judged & { version: Version };
export type TemplateRow = Omit<Version, 'text'> & { shipped: boolean; live: boolean; hosts: number };

/** Templates of the site with all their versions: what is read, changed, taken back and tried. */
export class TemplateDesk {
  readonly #parts: DeskParts;
  readonly #newest = new Map<string, Version>();
  #live: LiveTemplates;
  /** One change after the other: each is judged with what is live then. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#live = liveTemplates(parts.shipped, []);
  }

  /** Takes in what the folder of the configuration says that is new. */
  static async open(parts: DeskParts, folder: ReadonlyMap<string, string>): Promise<TemplateDesk> {
    const desk = new TemplateDesk(parts);
    await desk.#start(folder);
    return desk;
  }

  live(): LiveTemplates {
    return this.#live;
  }

  names(): string[] {
    return Object.keys(this.#live.texts);
  }

  /** All that are live, and all that have been. */
  list(): TemplateRow[] {
    const names = new Set([...this.#parts.shipped.keys(), ...this.#newest.keys()]);
    const templates = templatesOf(this.#live.texts);
    const installed = countUsers(this.#parts.hosts(), this.names());
    return [...names].sort().map((name) => {
      const { text: _, ...row } = this.#newest.get(name) ?? this.#shipped(name)!;
      const hosts = wholeWith(templates, name).reduce((sum, whole) => sum + (installed.get(whole) ?? 0), 0);
      return { ...row, shipped: this.#parts.shipped.has(name), live: name in this.#live.texts, hosts };
    });
  }

  /** Newest first, and last what is shipped. @throws RackhandError template-unknown */
  async history(wanted: string): Promise<Version[]> {
    const name = this.#named(wanted);
    return [...(await this.#parts.versions.history(name)), ...[this.#shipped(name) ?? []].flat()];
  }

  /** The newest when no version is named. @throws RackhandError template-unknown | version-absent */
  async version(wanted: string, number?: number): Promise<Version> {
    const all = await this.history(wanted);
    const found = number === undefined ? all[0] : all.find(({ version }) => version === number);
    if (found) return found;
    const known = all.map(({ version }) => version).join(', ');
    throw new RackhandError(
      'version-absent',
      `no version ${number} of template ${this.#named(wanted)}`,
      `there are: ${known}`,
    );
  }

  /** Unified; empty when they are equal. @throws RackhandError template-unknown | version-absent */
  async diff(
    wanted: string,
    from: number,
    to?: number,
  ): Promise<{ name: string; from: number; to: number; diff: string }> {
    const [a, b] = [await this.version(wanted, from), await this.version(wanted, to)];
    const title = ({ name, version }: Version) => `${name} version ${version}`;
    const diff = lineDiff(this.#textBy(a), this.#textBy(b), [title(a), title(b)]);
    return { name: a.name, from: a.version, to: b.version, diff };
  }

  /**
   * Makes a text the live one, once it loads and the hosts that use it get a kickstart by it.
   * @throws RackhandError template-changed when the expected version is not the newest; and as judgeChange
   */
  put(wanted: string, change: Change, editor: Editor): Promise<Accepted> {
    return this.#inTurn(() => this.#put(wanted, change, editor));
  }

  /** Makes the text of an earlier version the live one, as a new version. @throws RackhandError as version and put */
  rollBack(
    wanted: string,
    { to, ...change }: Omit<Change, 'text'> & { to: number },
    editor: Editor,
  ): Promise<Accepted> {
    return this.#inTurn(async () => {
      const text = to === 0 ? null : (await this.version(wanted, to)).text;
      const message = change.message || `back to version ${to}`;
      return this.#put(wanted, { ...change, text, message }, editor);
    });
  }

  /**
   * What a host would get by a text that nobody has saved, or by a version.
   * @throws RackhandError template-…, kickstart-…, naming template, line and what is wrong
   */
  async try(
    wanted: string,
    given: { text?: string | undefined; version?: number | undefined },
    host: Host,
  ): Promise<ShownKickstart> {
    const name = this.#free(wanted);
    const live =
      given.text === undefined
        ? this.#at(await this.version(name, given.version))
        : this.#with(name, given.text);
    return this.#parts.tryout.show(live, host, triedBy(live, templatesOf(live.texts), name, host));
  }

  /** What a host was installed by last, and what it would get now, fetched from the same address. */
  async ofHost(
    host: Host,
  ): Promise<{ installed: Delivered | undefined } & ({ now: ShownKickstart } | { fault: RackhandError })> {
    const { deliveries, tryout } = this.#parts;
    const installed = await deliveries.last(host.id);
    try {
      return { installed, now: await tryout.show(this.#live, host, undefined, installed?.base) };
    } catch (fault) {
      if (fault instanceof RackhandError) return { installed, fault };
      throw fault;
    }
  }

  async #start(folder: ReadonlyMap<string, string>): Promise<void> {
    const { versions, journal } = this.#parts;
    const byName = (all: Version[]) => new Map(all.map((one) => [one.name, one]));
    const [told, newest] = [byName(await versions.newest('file')), byName(await versions.newest())];
    const added = await versions.add(folderNews(folder, told, newest));
    for (const one of [...newest.values(), ...added]) this.#newest.set(one.name, one);
    this.#live = liveTemplates(this.#parts.shipped, this.#newest.values());
    for (const { name, version, message } of added)
      await journal.record({
        ...EVENT,
        severity: 'notice',
        message: `template ${name}: version ${version}, ${message}`,
      });
    // Versions of the site stay where what they include has changed; whoever is installed by them is told why not.
    const templates = templatesOf(this.#live.texts);
    for (const name of this.names().filter((one) => !isSnippet(one))) {
      try {
        templates.reached(name);
      } catch (fault) {
        if (!(fault instanceof RackhandError)) throw fault;
        const message = `template ${name} cannot be used: ${fault.message}; ${fault.mend}`;
        await journal.record({ ...EVENT, severity: 'warning', message });
      }
    }
  }

  async #put(wanted: string, change: Change, { author, address }: Editor): Promise<Accepted> {
    const { versions, tryout, hosts, journal, onChange } = this.#parts;
    const name = this.#free(wanted);
    const newest = this.#newest.get(name) ?? this.#shipped(name) ?? none(name);
    if (newest.version !== change.expected) throw changedMeanwhile(newest, change.expected);
    const { text, message, untried } = change;
    if (this.#isLive(newest, text)) return { version: newest, tried: 0, of: 0, without: [] };
    const next = this.#with(name, text);
    const judged = await judgeChange({
      name,
      live: this.#live,
      next,
      hosts: hosts(),
      tryout,
      untried: untried ?? false,
    });
    const [version] = await versions.add([{ name, text, author, message, source: 'api' }]);
    this.#newest.set(name, version!);
    this.#live = liveTemplates(this.#parts.shipped, this.#newest.values());
    onChange(this.#live);
    const told = `template ${name}: version ${version!.version} by ${author}, from ${address}: ${message || 'no message'}`;
    await journal.record({ ...EVENT, severity: 'notice', message: told });
    return { version: version!, ...judged };
  }

  #isLive(newest: Version, text: string | null): boolean {
    return newest.text === text || (newest.version === 0 && text === null);
  }

  #with(name: string, text: string | null): LiveTemplates {
    const version = (this.#newest.get(name)?.version ?? 0) + 1;
    return this.#at({ name, version, text });
  }

  /** What would be live if that version were. */
  #at({ name, version, text }: Pick<Version, 'name' | 'version' | 'text'>): LiveTemplates {
    const others = [...this.#newest.values()].filter((one) => one.name !== name);
    return liveTemplates(this.#parts.shipped, [
      ...others,
      { name, version, text: version === 0 ? null : text },
    ]);
  }

  /** What is live by a version: where the site's is away, what is shipped. */
  #textBy({ name, text }: Version): string {
    return text ?? this.#parts.shipped.get(name) ?? '';
  }

  #shipped(name: string): Version | undefined {
    const text = this.#parts.shipped.get(name);
    if (text === undefined) return undefined;
    const rest = { author: 'rackhand', time: '', message: 'as it is shipped', source: 'file' } as const;
    return { name, version: 0, text, sha256: sha256(text), ...rest };
  }

  /** @throws RackhandError template-unknown */
  #named(wanted: string): string {
    const known = [...new Set([...this.#parts.shipped.keys(), ...this.#newest.keys()])].sort();
    const found = resolveKickstart(known, wanted);
    if (found !== undefined) return found;
    const [near] = nearest(wanted, known, 1);
    const mend = `known templates: ${known.join(', ') || 'none'}`;
    throw new RackhandError(
      'template-unknown',
      `no template ${wanted}`,
      near === undefined ? mend : `did you mean ${near}? ${mend}`,
    );
  }

  /** The name of one that there is, or that may be made. @throws RackhandError template-unknown */
  #free(wanted: string): string {
    if (TemplateName.safeParse(wanted).success) return wanted;
    try {
      return this.#named(wanted);
    } catch (cause) {
      if (!(cause instanceof RackhandError)) throw cause;
      const mend = `a new one is named NAME.ks.njk, or FOLDER/NAME.njk when others include it; ${cause.mend}`;
      throw new RackhandError(cause.code, cause.message, mend, { cause });
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

const EVENT = { kind: 'template', hostId: null, mac: null } as const;

function none(name: string): Version {
  const rest = { author: '', time: '', message: '', source: 'api' } as const;
  return { name, version: 0, text: null, sha256: null, ...rest };
}

function changedMeanwhile(
  { name, version, author, time, message }: Version,
  expected: number,
): RackhandError {
  const what =
    version === 0
      ? 'is as it is shipped, or new'
      : `is at version ${version}, by ${author} at ${time}: ${message}`;
  return new RackhandError(
    'template-changed',
    `template ${name} ${what}; the change was made from version ${expected}`,
    `see what is new: rackhand kickstart templates diff ${name} ${expected}; then make the change from version ${version}`,
  );
}
