import type { BootAnswer } from '../dhcp/classify.ts';
import { ipv6Bytes, urlHost } from '../net/ipv6.ts';
import { type Given, writeAssociation } from './associations.ts';
import type { Client6 } from './classify.ts';
import type { Message6, Packet6 } from './codec.ts';
import { Option6, type OptionList, optionOf, readCodes, writeDomains, writeStrings } from './options.ts';

/** What a network tells its clients. */
export interface SubnetFacts6 {
  dns: bigint[];
  domain: string | undefined;
  ntp: bigint[];
  leaseSeconds: number;
}

/** What is said of one identity association. */
export interface Answered {
  iaid: number;
  given: bigint[];
  /** Addresses that the client has to give up. */
  taken?: bigint[];
  status?: Buffer;
}

export interface ReplyParts {
  answered?: Answered[];
  /** Of the whole message. */
  status?: Buffer;
  rapid?: boolean | undefined;
}

interface Context {
  packet: Packet6;
  client: Client6;
  serverId: Buffer;
  subnet: { facts: SubnetFacts6 };
  boot: BootAnswer;
}

/** Advertise or Reply, with configuration and boot file where the client gets something by it. */
export function reply6(type: 'advertise' | 'reply', context: Context, parts: ReplyParts): Message6 {
  const { packet, client, serverId, subnet } = context;
  const { answered = [], status, rapid } = parts;
  const options: OptionList = [
    [Option6.clientId, client.id],
    [Option6.serverId, serverId],
    ...answered.map((one) => association(one, subnet.facts.leaseSeconds)),
  ];
  if (status) options.push([Option6.statusCode, status]);
  if (rapid) options.push([Option6.rapidCommit, Buffer.alloc(0)]);
  const useful = !status && (answered.length === 0 || answered.some(({ given }) => given.length > 0));
  if (useful) options.push(...bootOptions(context, type), ...configuration(packet, subnet.facts));
  return { type, transaction: packet.message.transaction, options };
}

function association({ iaid, given, taken = [], status }: Answered, seconds: number): [number, Buffer] {
  const addresses: Given[] = [
    ...given.map((address) => ({ address, preferred: seconds, valid: seconds })),
    ...taken.map((address) => ({ address, preferred: 0, valid: 0 })),
  ];
  // RFC 8415 21.4: the recommended parts; 0 leaves the time to the client.
  const [renew, rebind] = given.length > 0 ? [0.5, 0.8] : [0, 0];
  return writeAssociation(iaid, addresses, {
    ...(status ? { status } : {}),
    renew: Math.floor(seconds * renew!),
    rebind: Math.floor(seconds * rebind!),
  });
}

function configuration({ message }: Packet6, { dns, domain, ntp }: SubnetFacts6): OptionList {
  const options: OptionList = [];
  const wanted = readCodes(optionOf(message.options, Option6.oro));
  if (dns.length > 0) options.push([Option6.dns, Buffer.concat(dns.map(ipv6Bytes))]);
  if (domain !== undefined) options.push([Option6.domainList, writeDomains([domain])]);
  if (ntp.length > 0 && wanted.has(Option6.sntp))
    options.push([Option6.sntp, Buffer.concat(ntp.map(ipv6Bytes))]);
  // RFC 5908 4.1: suboption 1 is the address of one server.
  if (ntp.length > 0 && wanted.has(Option6.ntp))
    options.push([
      Option6.ntp,
      Buffer.concat(ntp.flatMap((server) => [Buffer.of(0, 1, 0, 16), ipv6Bytes(server)])),
    ]);
  return options;
}

/**
 * The boot file as a URL (RFC 5970 3.1). HTTP Boot takes no answer without HTTPClient as vendor class (UEFI 24.7.3.1).
 * PXE gets no class: with PXEClient in it EDK2 takes the answer for a boot server's, and asks port 4011 for the file
 * once more. The highest preference ends a client's wait for other servers (RFC 8415 18.2.1), which have no file.
 */
function bootOptions({ client, boot }: Context, type: 'advertise' | 'reply'): OptionList {
  if (boot.kind === 'none') return [];
  const options: OptionList = type === 'advertise' ? [[Option6.preference, Buffer.of(255)]] : [];
  const url = /^https?:/.test(boot.bootFile)
    ? boot.bootFile
    : `tftp://${urlHost(boot.nextServer)}/${boot.bootFile}`;
  options.push([Option6.bootFileUrl, Buffer.from(url, 'latin1')]);
  if (client.boot.isHttpBoot) {
    const enterprise = Buffer.alloc(4);
    enterprise.writeUInt32BE(client.enterprise ?? 0);
    const text = writeStrings([Buffer.from('HTTPClient')]);
    options.push([Option6.vendorClass, Buffer.concat([enterprise, text])]);
  }
  return options;
}
