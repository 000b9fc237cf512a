import type { Datagram } from '../../net/datagram.ts';
import { ipv4Text } from '../../net/ipv4.ts';
import type { DhcpPacket } from '../codec.ts';
import { Option, readUint32 } from '../options.ts';

/** What another server said, to whomever. */
export interface ForeignAnswer {
  /** Server identifier; the sender where it names none. */
  server: number;
  /** It gives or confirms addresses, or refuses them. */
  address: number;
  refuses: boolean;
  /** It answers for PXE or HTTP Boot. */
  boots: boolean;
  bootFile: string;
  /** Server of the boot file, as text. */
  nextServer: string;
  /** Relay that it came by, 0 for none. */
  relay: number;
}

const ANSWERS: ReadonlySet<DhcpPacket['type']> = new Set(['offer', 'ack', 'nak']);
/** Characters of a boot file that are shown. */
const SHOWN = 128;

/**
 * An answer that was heard on a link, if another server gave it. Ours come back by relays that broadcast.
 * @param own our addresses
 */
export function foreignAnswer(
  packet: DhcpPacket,
  { from }: Pick<Datagram, 'from'>,
  own: ReadonlySet<number>,
): ForeignAnswer | undefined {
  if (packet.op !== 2 || !ANSWERS.has(packet.type) || from.port !== 67) return undefined;
  const server = readUint32(packet.options, Option.serverIdentifier) ?? from.address;
  if (own.has(server)) return undefined;
  const vendor = text(packet.options.get(Option.vendorClass));
  const bootFile = text(packet.options.get(Option.bootFileName)) || packet.file;
  const tftp = text(packet.options.get(Option.tftpServerName)) || packet.sname;
  return {
    server,
    address: packet.yiaddr,
    refuses: packet.type === 'nak',
    boots: bootFile !== '' || /^(PXE|HTTP)Client/.test(vendor),
    bootFile: shown(bootFile),
    nextServer: packet.siaddr ? ipv4Text(packet.siaddr) : shown(tftp),
    relay: packet.giaddr,
  };
}

/**
 * What an operator should know of it.
 * @param addresses who is meant to give them; 'theirs': another server, and only boot files are our business
 * @returns undefined when there is nothing wrong with it
 */
export function complaint(
  answer: ForeignAnswer,
  mac: string,
  addresses: 'ours' | 'theirs',
): string | undefined {
  const { boots, bootFile, nextServer, refuses, relay } = answer;
  if (addresses === 'theirs' && !boots) return undefined;
  const gives = answer.address !== 0;
  const files = bootFile === '' ? 'boot servers' : `boot file ${bootFile}`;
  const from = nextServer === '' ? '' : ` from ${nextServer}`;
  const does = [
    ...(gives && addresses === 'ours' ? [`gives addresses (${ipv4Text(answer.address)})`] : []),
    ...(refuses ? ['refuses addresses'] : []),
    ...(boots ? [`names ${files}${from}`] : []),
  ].join(', ');
  if (does === '') return undefined;
  const by = relay === 0 ? mac : `${mac}, relay ${ipv4Text(relay)}`;
  const mend =
    addresses === 'ours' ? 'machines may boot by it instead of by us' : 'machines may take its boot file';
  return `another DHCP server on this network (${by}) ${does}: ${mend}`;
}

function text(value: Buffer | undefined): string {
  return value?.toString('latin1').replace(/\0.*$/s, '') ?? '';
}

function shown(value: string): string {
  return value.slice(0, SHOWN).replace(/[^\x20-\x7e]/g, '?');
}
