/** What a read request's options come to (RFC 2347, 2348, 2349, 7440). Pure. */

export interface Negotiated {
  blockSize: number;
  windowSize: number;
  /** Milliseconds before something is sent again. */
  timeout: number;
  /** The interval is ours, so it may follow the round trip. */
  adaptive: boolean;
  /** What the option acknowledgement says; empty: none is sent. */
  accepted: Map<string, string>;
}

export interface TransferLimits {
  blockSize: number;
  windowSize: number;
  /** Bytes of one window: clients have little room for what they have not looked at. */
  windowBytes: number;
  /** Milliseconds before the first repeat, unless the client names another interval. */
  timeout: number;
  /** Silent repeats before the transfer is given up. */
  retries: number;
  /** The same for a client that has not answered at all: its address may be forged. Firmware asks again. */
  unansweredRetries: number;
  /** Milliseconds of silence that end a transfer even when the client asked for long intervals. */
  patience: number;
}

export const DEFAULT_LIMITS: TransferLimits = {
  blockSize: 65_464,
  windowSize: 64,
  windowBytes: 128 << 10,
  timeout: 1000,
  retries: 8,
  unansweredRetries: 3,
  patience: 60_000,
};

/** Bytes of DATA before its payload. */
const HEADER = 4;

/**
 * @param size bytes of the file
 * @param datagram bytes of the largest datagram that reaches the client in one packet: larger blocks would be cut into
 * fragments, which many a ROM cannot join
 *
 * Sizes above our limits are answered with the limit: the answer may be smaller than what was asked, never
 * larger (RFC 2348, 7440), and an interval must be the client's own (RFC 2349); EDK2 checks all three. What
 * cannot be met so is left unanswered, as if the option were unknown (RFC 2347): a refusal would end a boot
 * that works without the option.
 */
export function negotiate(
  options: ReadonlyMap<string, string>,
  size: number,
  limits: TransferLimits,
  datagram: number,
): Negotiated {
  const accepted = new Map<string, string>();
  const asked = (name: string, least: number) => {
    const text = options.get(name);
    const value = text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least ? value : undefined;
  };
  const accept = (name: string, value: number | undefined) => {
    if (value !== undefined) accepted.set(name, String(value));
    return value;
  };
  const clamp = (value: number | undefined, most: number) =>
    value === undefined ? undefined : Math.min(value, most);
  const largest = Math.max(512, Math.min(limits.blockSize, datagram - HEADER));
  const blockSize = accept('blksize', clamp(asked('blksize', 8), largest)) ?? 512;
  const most = Math.max(1, Math.min(limits.windowSize, Math.floor(limits.windowBytes / blockSize)));
  const windowSize = accept('windowsize', clamp(asked('windowsize', 1), most)) ?? 1;
  const interval = asked('timeout', 1);
  const seconds = accept('timeout', interval !== undefined && interval <= 255 ? interval : undefined);
  if (options.has('tsize')) accept('tsize', size);
  return {
    blockSize,
    windowSize,
    timeout: seconds === undefined ? limits.timeout : seconds * 1000,
    adaptive: seconds === undefined,
    accepted,
  };
}
