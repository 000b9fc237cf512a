import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { MintedToken } from '../roles/messages.ts';
import {
  type Asker,
  type InstallTokens,
  type Judged,
  type KickstartGrant,
  KickstartGrants,
} from './kickstart-grants.ts';

/** A token that its machine gets again when it asks again: `until` is in milliseconds since 1970. */
interface Fresh {
  token: string;
  hash: string;
  hostId: string | null;
  mac: string | null;
  until: number;
}

/** Part of its life in which a token is given again: what is left must do for the whole boot. */
const AGAIN = 0.1;
/** Tokens remembered for that: anybody can ask in the name of any MAC. */
const MOST_FRESH = 10_000;
/** Minutes that an installation may take, and its host until it registers. */
const INSTALL_MINUTES = 12 * 60;

/** Mints one-time tokens. Only the hash leaves this role; the token itself goes to the machine alone. */
export class Mint {
  readonly #announce: (token: MintedToken) => void;
  readonly #minutes: number;
  readonly #now: () => number;
  readonly #kickstarts: KickstartGrants;
  /** By purpose, host and MAC, oldest first. */
  readonly #fresh = new Map<string, Fresh>();

  constructor(announce: (token: MintedToken) => void, minutes: number, now: () => number = Date.now) {
    this.#announce = announce;
    this.#minutes = minutes;
    this.#now = now;
    this.#kickstarts = new KickstartGrants(now);
  }

  /**
   * A token for a machine. One that asks again at once, as firmware does that got no answer, gets the token that
   * it got before, good until the same moment: a thousand requests need not be a thousand tokens.
   */
  mint(purpose: MintedToken['purpose'], hostId: string | null, mac: string | null): string {
    const boot = `${purpose} ${hostId} ${mac}`;
    const isKnown = hostId !== null || mac !== null;
    const fresh = isKnown ? this.#fresh.get(boot) : undefined;
    if (fresh && fresh.until > this.#now()) return fresh.token;
    const token = this.#another(purpose, hostId, mac);
    const until = this.#now() + AGAIN * this.#minutes * 60_000;
    if (isKnown) this.#remember(boot, { token, hash: sha256(token), hostId, mac, until });
    return token;
  }

  /**
   * Tokens with these hashes belong to a key: nobody gets them again.
   * @returns ids of their hosts, MACs of machines that are none
   */
  claimed(hashes: readonly string[]): string[] {
    const machines: string[] = [];
    for (const [boot, { hash, hostId, mac }] of this.#fresh) {
      if (!hashes.includes(hash)) continue;
      this.#fresh.delete(boot);
      machines.push(hostId ?? mac ?? '');
    }
    return machines;
  }

  /** Kickstarts that were granted before this process began; those that it has granted itself stay as they are. */
  restore(kickstarts: readonly Omit<MintedToken, 'purpose'>[]): void {
    for (const { hash, hostId, mac, expiresAt } of kickstarts)
      if (hostId !== null) this.#kickstarts.restore(hash, { hostId, mac, expiresAt: Date.parse(expiresAt) });
  }

  /** What a kickstart token is worth for who asks: until it is used up or given back, nobody else is granted it. */
  ask(token: string, asker: Asker): Judged {
    return this.#kickstarts.ask(token, asker);
  }

  /** No kickstart came of it: the token is as good as it was. */
  giveBack(grant: KickstartGrant): void {
    this.#kickstarts.giveBack(grant);
  }

  /** Tokens for the kickstart of a grant: those of its first time again, else new ones, which are worth nothing yet. */
  installTokens({ given }: KickstartGrant): InstallTokens {
    return given?.tokens ?? { report: randomToken(), register: randomToken() };
  }

  /**
   * A host got its kickstart with these tokens: they are good from now on, and no other kickstart token of the host is.
   * @param registers the kickstart has the token to register with
   * @returns how many times it got it
   */
  useUp(grant: KickstartGrant, asker: Asker, tokens: InstallTokens, registers: boolean): number {
    const times = this.#kickstarts.give(grant, asker, tokens);
    if (times > 1) return times;
    const { hostId, mac } = grant;
    this.#tell(tokens.report, 'install', hostId, mac, INSTALL_MINUTES);
    if (registers) this.#tell(tokens.register, 'installed', hostId, mac, INSTALL_MINUTES);
    for (const [boot, fresh] of this.#fresh) if (fresh.hostId === hostId) this.#fresh.delete(boot);
    return times;
  }

  /** The installer of the host has begun: its kickstart is not given again. */
  began(hostId: string): void {
    this.#kickstarts.began(hostId);
  }

  #another(purpose: MintedToken['purpose'], hostId: string | null, mac: string | null): string {
    const token = randomToken();
    const expiresAt = this.#tell(token, purpose, hostId, mac, this.#minutes);
    if (purpose === 'kickstart' && hostId !== null)
      this.#kickstarts.add(sha256(token), { hostId, mac, expiresAt });
    return token;
  }

  /** @returns until when it is good, in milliseconds since 1970 */
  #tell(
    token: string,
    purpose: MintedToken['purpose'],
    hostId: string | null,
    mac: string | null,
    minutes: number,
  ): number {
    const expires = this.#now() + minutes * 60_000;
    const expiresAt = new Date(expires).toISOString();
    this.#announce({ hash: sha256(token), purpose, hostId, mac, expiresAt });
    return expires;
  }

  #remember(boot: string, fresh: Fresh): void {
    this.#fresh.delete(boot); // so that it is the youngest
    this.#fresh.set(boot, fresh);
    if (this.#fresh.size > MOST_FRESH) this.#fresh.delete(this.#fresh.keys().next().value!);
  }
}
