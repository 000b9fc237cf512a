import { RackhandError } from '../../builder/shared/errors.ts';
import type { Wait } from '../admission/admission.ts';
import type { Turns } from '../admission/desk.ts';
import type { Sighting } from '../hosts/match.ts';
import { urlHost } from '../net/ipv6.ts';
import { type Boot, type BootTarget, installerBoot, liveBoot } from '../render/command-line.ts';
import { renderGrub, renderGrubLocal, renderGrubMessage, renderGrubWaiting } from '../render/grub.ts';
import { renderBoot, renderLocal, renderRefusal, renderWaiting } from '../render/ipxe.ts';
import { waitTime } from '../render/waiting.ts';
import type { BootTrace, Replica, ReplicaHost, ReplicaImage } from '../roles/messages.ts';
import { agentsUrl, type BootEndpoint, baseUrl } from './answer.ts';
import { type Decision, decide } from './decide.ts';
import type { Mint } from './tokens.ts';

export interface ScriptContext {
  replica: () => Replica | undefined;
  mint: Pick<Mint, 'mint'>;
  httpsPort: number;
  /** Where installers send their syslog to; absent: nowhere. */
  syslogPort?: number;
  trace: (trace: BootTrace) => void;
  /** Absent: nobody waits. */
  turns?: Turns;
}

/**
 * To render a script without a token and a trace: a token that is none, of the same length. A place in the queue is
 * taken all the same, so that who asks for the size first is then told the same.
 */
export function preview(context: ScriptContext): ScriptContext {
  return { ...context, mint: { mint: () => '0'.repeat(32) }, trace: () => undefined };
}

export type Loader = 'ipxe' | 'grub';

/** The script a machine gets: decision, token, rendered text, and a trace of it. */
export function bootScript(
  context: ScriptContext,
  endpoint: BootEndpoint,
  loader: Loader,
  sighting: Sighting,
  address: string,
): string {
  const replica = context.replica();
  const decision: Decision = replica
    ? decide(replica, sighting)
    : { kind: 'refuse', host: null, code: 'no-image', why: 'the server is starting' };
  const trace = (kind: BootTrace['kind'], message: string, host: ReplicaHost | null, image?: string) =>
    context.trace({ kind, hostId: host?.id ?? null, mac: sighting.mac ?? null, address, message, image });

  switch (decision.kind) {
    case 'image':
    case 'inventory':
    case 'kickstart': {
      const turn = context.turns?.ask(decision, sighting, address) ?? { go: true };
      if (!turn.go) {
        const name = decision.host?.name ?? sighting.mac ?? address;
        const told = `${name} waits for its turn: place ${turn.place}, about ${waitTime(turn.seconds)}`;
        if (turn.waited === 0) trace('waiting', told, decision.host);
        return waiting(loader, name, turn, baseUrl(endpoint));
      }
      try {
        const text = render(context, replica!, endpoint, loader, sighting, decision);
        trace('script', told(decision), decision.host, decision.image.id);
        return text;
      } catch (error) {
        if (!(error instanceof RackhandError)) throw error;
        trace('refused', `${error.message}; ${error.mend}`, decision.host);
        return refusal(loader, error.code, error.message, sighting);
      }
    }
    case 'local':
      trace('local', decision.why, decision.host);
      return local(loader, `host ${decision.host.name} is not armed`);
    case 'refuse':
      trace('refused', decision.why, decision.host);
      return refusal(loader, decision.code, decision.why, sighting);
    case 'ignore':
      trace('refused', decision.why, null);
      return local(loader, decision.why);
  }
}

type Booting = Extract<Decision, { kind: 'image' | 'inventory' | 'kickstart' }>;

function render(
  context: ScriptContext,
  replica: Replica,
  endpoint: BootEndpoint,
  loader: Loader,
  sighting: Sighting,
  decision: Booting,
): string {
  const base = baseUrl(endpoint);
  const boot = loaded(context, replica, endpoint, sighting, decision);
  return loader === 'ipxe' ? renderBoot(boot, base) : renderGrub(boot);
}

function loaded(
  { mint, httpsPort, syslogPort }: ScriptContext,
  { caFingerprint: ca }: Replica,
  endpoint: BootEndpoint,
  { mac }: Sighting,
  decision: Booting,
): Boot {
  const base = baseUrl(endpoint);
  const hostArguments = decision.host?.kernelArguments ?? [];
  const target: BootTarget = { base, title: told(decision), mac, hostArguments };
  if (decision.kind === 'kickstart') {
    const token = mint.mint('kickstart', decision.host.id, mac ?? null);
    const syslog = syslogPort === undefined ? undefined : `${urlHost(endpoint.address)}:${syslogPort}`;
    return installerBoot(decision.installer, target, { kickstart: `${base}/kickstart/${token}`, syslog });
  }
  const purpose = decision.kind === 'image' ? 'register' : 'inventory';
  const token = mint.mint(purpose, decision.host?.id ?? null, mac ?? null);
  return liveBoot(decision.image, target, {
    url: agentsUrl(endpoint, httpsPort),
    ca,
    token,
  });
}

function told(decision: Booting): string {
  const image = (i: ReplicaImage) => `image ${i.name} ${i.id}`;
  if (decision.kind === 'inventory') return `unknown machine boots ${image(decision.image)} for an inventory`;
  const host = `host ${decision.host.name}`;
  if (decision.kind === 'image') return `${host} boots ${image(decision.image)}`;
  const { template, installer } = decision;
  return `${host} installs ${image(decision.image)} by ${template} with installer ${installer.name}`;
}

/** Milliseconds, well below the shortest lease that is given. */
const RENEW_MS = 240_000;

function waiting(loader: Loader, name: string, turn: Wait, base: string): string {
  const { waited, askIn } = turn;
  const renews = Math.floor((waited + askIn * 1000) / RENEW_MS) > Math.floor(waited / RENEW_MS);
  const place = { ...turn, name, renews };
  return loader === 'ipxe' ? renderWaiting(place, base) : renderGrubWaiting(place);
}

function local(loader: Loader, why: string): string {
  return loader === 'ipxe' ? renderLocal(why) : renderGrubLocal(why);
}

function refusal(loader: Loader, code: string, why: string, sighting: Sighting): string {
  return loader === 'ipxe' ? renderRefusal(code, why, sighting.mac) : renderGrubMessage(code, why);
}
