import type { Facts } from '../../../pxe-server/diagnose/diagnosis.ts';
import type {
  AgentFact,
  DhcpFact,
  Fact,
  HttpFact,
  HttpThing,
  ReportFact,
  ScriptFact,
  TftpFact,
  TraceEntry,
} from '../../../pxe-server/trace/entry.ts';

export const START = Date.parse('2026-01-01T00:00:00.000Z');
export const US = '192.0.2.1';
export const ADDRESS = '192.0.2.101';
/** RFC 4578: what PXE firmware asks for, as far as it matters. */
const WANTED = [1, 3, 43, 54, 60, 66, 67];
const GIVEN = [1, 3, 43, 51, 54, 60, 67];

type Step = [seconds: number, fact: Fact];

/** Steps at seconds from the start. */
export function traceOf(...steps: Step[]): TraceEntry[] {
  return steps.map(([seconds, fact]) => ({ at: START + seconds * 1000, fact }));
}

/** What is known of a boot that is looked at so many seconds after its start. */
export function factsAt(seconds: number, change: Partial<Facts> = {}): Facts {
  return {
    now: START + seconds * 1000,
    host: { name: 'node1', state: 'booting', approved: true, arm: 'always' },
    ...{
      machine: null,
      image: { id: '0123456789abcdef', name: 'lab', ramRequired: 2048 },
      ours: [US],
      proxy: false,
    },
    ...{ httpsPort: 8443, linkMbit: 1000, sameUuid: [], foreign: new Map(), before: [] },
    ...change,
  };
}

/** Undefined takes away what a packet has as a rule. */
type More = { [K in keyof DhcpFact]?: DhcpFact[K] | undefined };
const dhcp = (by: DhcpFact['by'], type: DhcpFact['type'], more: More = {}): DhcpFact => {
  const all = { layer: 'dhcp', by, type, xid: 1, port: 67, client: 'firmware', ...more };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as DhcpFact;
};
export const discover = (more: More = {}) =>
  dhcp('machine', 'discover', { architecture: 7, options: WANTED, ...more });
export const offer = (more: More = {}) =>
  dhcp('us', 'offer', {
    address: ADDRESS,
    server: US,
    bootFile: 'snponly.efi',
    nextServer: US,
    options: GIVEN,
    ...more,
  });
export const request = (more: More = {}) =>
  dhcp('machine', 'request', { address: ADDRESS, server: US, ...more });
export const ack = (more: More = {}) => ({ ...offer(more), type: 'ack' as const });
export const nak = (why: string) => dhcp('us', 'nak', { server: US, why });
export const noAnswer = (why: string) => dhcp('us', 'no-answer', { why });
export const foreign = (type: 'offer' | 'ack', more: More = {}) =>
  dhcp('other', type, { address: '192.0.2.200', server: '192.0.2.66', mac: '02:00:00:00:00:66', ...more });

export const tftp = (step: TftpFact['step'], name: string, more: Partial<TftpFact> = {}): TftpFact => ({
  ...{ layer: 'tftp', step, name },
  ...(step === 'sent' ? { bytes: 200_000, seconds: 0.2, blockSize: 1468, window: 4 } : {}),
  ...more,
});
export const http = (
  step: HttpFact['step'],
  what: HttpThing,
  path: string,
  more: Partial<HttpFact> = {},
): HttpFact => ({ ...{ layer: 'http', step, what, path }, ...more });
export const script = (decision: ScriptFact['decision'], message: string): ScriptFact => ({
  ...{ layer: 'script', decision, message },
});
export const report = (code: string, message: string, final = true): ReportFact => ({
  ...{ layer: 'report', code, final, message },
});
export const agent = (step: AgentFact['step'], more: Partial<AgentFact> = {}): AgentFact => ({
  ...{ layer: 'agent', step },
  ...more,
});

export const IMAGE = '/images/0123456789abcdef/rootfs.squashfs';
export const KERNEL = '/images/0123456789abcdef/vmlinuz';
export const INITRAMFS = '/images/0123456789abcdef/initramfs.img';
/** Firmware until its loader is there. */
export const LEASED: Step[] = [
  [0, discover()],
  [0, offer()],
  [1, request()],
  [1, ack()],
];
export const LOADED: Step[] = [
  ...LEASED,
  [2, tftp('asked', 'snponly.efi')],
  [3, tftp('sent', 'snponly.efi')],
];
export const SCRIPTED: Step[] = [
  ...LOADED,
  [5, discover({ client: 'ipxe', xid: 2 })],
  [5, offer({ client: 'ipxe', xid: 2, bootFile: 'http://192.0.2.1/boot/start.ipxe' })],
  [6, request({ client: 'ipxe', xid: 2 })],
  [6, ack({ client: 'ipxe', xid: 2, bootFile: 'http://192.0.2.1/boot/start.ipxe' })],
  [7, http('sent', 'script', '/boot/start.ipxe', { bytes: 500, seconds: 0.01 })],
  [7, script('boot', 'host node1 boots image lab')],
];
export const KERNELED: Step[] = [
  ...SCRIPTED,
  [8, http('begun', 'kernel', KERNEL)],
  [9, http('sent', 'kernel', KERNEL, { bytes: 12e6, seconds: 0.2 })],
  [9, http('begun', 'initramfs', INITRAMFS)],
  [10, http('sent', 'initramfs', INITRAMFS, { bytes: 60e6, seconds: 0.6 })],
];
export const IMAGED: Step[] = [
  ...KERNELED,
  [25, discover({ client: 'system', xid: 3 })],
  [25, offer({ client: 'system', xid: 3 })],
  [26, request({ client: 'system', xid: 3 })],
  [26, ack({ client: 'system', xid: 3 })],
  [27, http('begun', 'image', IMAGE)],
  [29, http('sent', 'image', IMAGE, { bytes: 200e6, seconds: 2 })],
];
export const REGISTERED: Step[] = [...IMAGED, [50, agent('ca')], [52, agent('registered')]];
