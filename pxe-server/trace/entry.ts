/** What can be seen of a machine that boots, one step each. Times are milliseconds, sizes bytes. */
export type Fact =
  | DhcpFact
  | ArpFact
  | TftpFact
  | HttpFact
  | ScriptFact
  | ReportFact
  | AgentFact
  | InstallerFact
  | NoteFact;

/** One step in the trace of a boot attempt. */
export interface TraceEntry {
  /** Milliseconds since 1970. */
  at: number;
  fact: Fact;
  /** The same was seen so often in a row, and when last; absent: once. */
  times?: number;
  until?: number;
  frame?: Frame;
}

/** A step on its way to the recorder, with whatever tells whose it is. */
export interface Step extends TraceEntry {
  hostId?: string;
  mac?: string;
  /** IP address that the machine had. */
  address?: string;
}

/** A packet as it was on the wire. */
export interface Frame {
  /** `ipv4`: from the IPv4 header on; `ethernet`: from the Ethernet header on. */
  link: 'ipv4' | 'ethernet';
  /** Base64. */
  bytes: string;
}

/** Who spoke: the machine, we, or another server. */
export type Speaker = 'machine' | 'us' | 'other';
export type DhcpType =
  | 'discover'
  | 'offer'
  | 'request'
  | 'decline'
  | 'ack'
  | 'nak'
  | 'release'
  | 'inform'
  /** Nothing was sent; `why` says it. */
  | 'no-answer';

export interface DhcpFact {
  layer: 'dhcp';
  by: Speaker;
  type: DhcpType;
  xid: number;
  /** 4011: a ProxyDHCP request or its answer. */
  port: 67 | 4011;
  /** Which program of the machine it is about: PXE or HTTP Boot firmware, an iPXE, or a system (also an initramfs). */
  client: 'firmware' | 'ipxe' | 'system';
  /** What the machine says how long it has been trying, in seconds. */
  secs?: number;
  /** Option 93; -1: none named. */
  architecture?: number;
  httpBoot?: boolean;
  uuid?: string;
  /** PCI vendor and device of the card that it boots from, "10ec:8029": iPXE tells. */
  card?: string;
  /** Address that is given, asked for or declined. */
  address?: string;
  /** Option 54; in a request: which server the machine chose. */
  server?: string;
  bootFile?: string;
  nextServer?: string;
  /** Options that the machine asked for (55), or that an answer has. */
  options?: number[];
  /** Hardware address of another server. */
  mac?: string;
  relay?: string;
  why?: string;
}

export interface ArpFact {
  layer: 'arp';
  /** `asks`: who has `target`; `answers`: that `address` is here. */
  step: 'asks' | 'answers';
  address: string;
  target: string;
}

export interface TftpFact {
  layer: 'tftp';
  step: 'asked' | 'sent' | 'aborted' | 'gave-up' | 'failed' | 'absent' | 'refused';
  name: string;
  size?: number;
  bytes?: number;
  seconds?: number;
  /** Blocks that were sent again, and those of them that the machine asked for, as it had not got them. */
  repeated?: number;
  requested?: number;
  blockSize?: number;
  window?: number;
  /** What the client asked for itself. */
  askedBlockSize?: boolean;
  askedWindow?: boolean;
  why?: string;
}

export interface HttpFact {
  layer: 'http';
  /** `moving`: more of it has arrived; `broken`: the connection ended before the answer did. */
  step: 'begun' | 'moving' | 'sent' | 'broken' | 'absent' | 'refused';
  what: HttpThing;
  /** Path without query and token. */
  path: string;
  status?: number;
  /** Of the whole answer. */
  size?: number;
  /** That were sent; `moving`: that arrived. */
  bytes?: number;
  seconds?: number;
  /** Bytes per second at which it moved lately. */
  rate?: number;
  head?: boolean;
}
export type HttpThing = 'script' | 'loader' | 'kernel' | 'initramfs' | 'image' | 'kickstart' | 'other';

export interface ScriptFact {
  layer: 'script';
  /** What the machine was told to do. */
  decision: 'boot' | 'wait' | 'local' | 'refused';
  message: string;
  image?: string;
}

/** An initramfs tells why it goes no further; the codes are those of its reports. */
export interface ReportFact {
  layer: 'report';
  code: string;
  final: boolean;
  message: string;
}

export interface AgentFact {
  layer: 'agent';
  step: 'ca' | 'tls-failed' | 'waits' | 'registered' | 'refused' | 'heartbeat' | 'up';
  code?: string;
  message?: string;
  /** Seconds by which the machine's clock is ahead of ours, negative: behind. */
  clock?: number;
}

export interface InstallerFact {
  layer: 'installer';
  /** `refused`: it got no kickstart; `log`: a line of its logs. */
  step: 'kickstart' | 'refused' | 'progress' | 'log' | 'failed' | 'done';
  message: string;
  /** Of the kickstart. */
  line?: number;
  /** Of a line of syslog (RFC 5424 6.2.1): 0 is the gravest. */
  severity?: number;
  program?: string;
}

/** Something that was found out about the machine or its network. */
export interface NoteFact {
  layer: 'note';
  kind: 'conflict' | 'warning' | 'missing';
  message: string;
}

/** When the step was seen last. */
export function lastSeen({ at, until }: TraceEntry): number {
  return until ?? at;
}
