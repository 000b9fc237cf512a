import type { DhcpPacket } from '../codec.ts';
import { Option } from '../options.ts';

/** Sub-options of option 82 (RFC 3046 2.0). */
const CIRCUIT_ID = 1;
const REMOTE_ID = 2;

/**
 * The port that a client is behind, as relay or switch names it: giaddr with circuit and remote identifier. A switch
 * may add them without being a relay. Undefined where nobody says. Pure.
 */
export function relayPort({ giaddr, options }: Pick<DhcpPacket, 'giaddr' | 'options'>): string | undefined {
  const relay = options.get(Option.relayAgent);
  if (!relay) return undefined;
  const ids = ['', ''];
  for (let at = 0; at + 1 < relay.length; ) {
    const [code, length] = [relay[at]!, relay[at + 1]!];
    const end = at + 2 + length;
    if (end > relay.length) break;
    if (code === CIRCUIT_ID || code === REMOTE_ID) ids[code - 1] = relay.toString('hex', at + 2, end);
    at = end;
  }
  return ids[0] || ids[1] ? `${giaddr.toString(16)}/${ids[0]}/${ids[1]}` : undefined;
}

/** "relay 192.0.2.1, circuit eth0/1, remote 00:11:…": identifiers as text where they are text. */
export function portText(port: string, address: (giaddr: number) => string): string {
  const [giaddr, circuit, remote] = port.split('/');
  const named = (what: string, hex: string | undefined) => (hex ? [`${what} ${readable(hex)}`] : []);
  const relay = Number.parseInt(giaddr!, 16);
  return [
    ...(relay ? [`relay ${address(relay)}`] : []),
    ...named('circuit', circuit),
    ...named('remote', remote),
  ].join(', ');
}

function readable(hex: string): string {
  const text = Buffer.from(hex, 'hex').toString('latin1');
  const shown = /^[\x21-\x7e]{2,}$/.test(text) ? text : hex;
  return shown.length > 48 ? `${shown.slice(0, 48)}…` : shown;
}
