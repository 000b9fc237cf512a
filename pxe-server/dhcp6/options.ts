/** DHCPv6 options (RFC 8415 section 21 and successors): numbers, reading and writing. Pure. */

export const Option6 = {
  clientId: 1,
  serverId: 2,
  iaNa: 3,
  iaAddress: 5,
  oro: 6,
  preference: 7,
  elapsedTime: 8,
  relayMessage: 9,
  statusCode: 13,
  rapidCommit: 14,
  userClass: 15,
  vendorClass: 16,
  interfaceId: 18,
  dns: 23,
  domainList: 24,
  sntp: 31,
  remoteId: 37,
  ntp: 56,
  bootFileUrl: 59,
  bootFileParameters: 60,
  clientArchitecture: 61,
  /** Network interface identifier (RFC 5970 3.4). */
  nii: 62,
  clientLinkLayer: 79,
} as const;

/** In the order in which they came; an option may come more than once. */
export type OptionList = [code: number, value: Buffer][];

/** What an attacker could make us walk through; real messages have fewer than twenty. */
const MOST_OPTIONS = 64;

/**
 * @param area whose memory the values lie in
 * @returns undefined when an option runs past the end, or there are too many
 */
export function readOptions6(area: Buffer): OptionList | undefined {
  const options: OptionList = [];
  let at = 0;
  while (at < area.length) {
    if (at + 4 > area.length || options.length === MOST_OPTIONS) return undefined;
    const end = at + 4 + area.readUInt16BE(at + 2);
    if (end > area.length) return undefined;
    options.push([area.readUInt16BE(at), area.subarray(at + 4, end)]);
    at = end;
  }
  return options;
}

/** @throws RangeError for a value longer than 65535 bytes */
export function writeOptions6(options: OptionList): Buffer {
  return Buffer.concat(
    options.flatMap(([code, value]) => {
      const head = Buffer.allocUnsafe(4);
      head.writeUInt16BE(code, 0);
      head.writeUInt16BE(value.length, 2);
      return [head, value];
    }),
  );
}

/** The first of that code. */
export function optionOf(options: OptionList, code: number): Buffer | undefined {
  return options.find(([other]) => other === code)?.[1];
}

/** Values with a length of two bytes before each (user class, vendor class data, boot file parameters). */
export function readStrings(value: Buffer): Buffer[] | undefined {
  const strings: Buffer[] = [];
  let at = 0;
  while (at < value.length) {
    if (at + 2 > value.length || strings.length === MOST_OPTIONS) return undefined;
    const end = at + 2 + value.readUInt16BE(at);
    if (end > value.length) return undefined;
    strings.push(value.subarray(at + 2, end));
    at = end;
  }
  return strings;
}

export function writeStrings(strings: readonly Buffer[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const head = Buffer.allocUnsafe(2);
      head.writeUInt16BE(string.length);
      return [head, string];
    }),
  );
}

/** Option request: codes of two bytes (RFC 8415 21.7). */
export function readCodes(value: Buffer | undefined): Set<number> {
  const codes = new Set<number>();
  for (let at = 0; value && at + 2 <= value.length; at += 2) codes.add(value.readUInt16BE(at));
  return codes;
}

/** Domain names as labels (RFC 1035 3.1), uncompressed (RFC 8415 section 10). */
export function writeDomains(names: readonly string[]): Buffer {
  const labels = names.flatMap((name) => [...name.split('.').filter((label) => label !== ''), '']);
  return Buffer.concat(labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]));
}
