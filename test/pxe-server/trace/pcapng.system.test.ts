import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { encode } from '../../../pxe-server/dhcp/codec.ts';
import { Option, uint32 } from '../../../pxe-server/dhcp/options.ts';
import type { Tapped } from '../../../pxe-server/dhcp/tap.ts';
import { diagnose } from '../../../pxe-server/diagnose/diagnose.ts';
import { encodeArp, NO_MAC } from '../../../pxe-server/net/arp.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { type Attempt, append } from '../../../pxe-server/trace/attempt.ts';
import { dhcpStep } from '../../../pxe-server/trace/dhcp-steps.ts';
import { pcapng } from '../../../pxe-server/trace/pcapng.ts';
import { message } from '../dhcp/packets.ts';
import { factsAt, report, START, tftp, US } from './steps.ts';

const MAC = '52:54:00:00:00:01';
const TOKEN = '0123456789abcdef'.repeat(2);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-pcapng-'));
});
afterEach(() => rm(folder, { recursive: true }));

const tapped = (second: number, what: Tapped['what'], bytes: Buffer): Tapped => ({
  ...{ at: START + second * 1000, mac: MAC, what, client: 'firmware', bytes: bytes.toString('latin1') },
  from: what === 'answered' ? { address: ipv4Number(US), port: 67 } : { address: 0, port: 68 },
  to: what === 'answered' ? { address: 0xffffffff, port: 68 } : { address: 0xffffffff, port: 67 },
});
const discover = message('discover', {
  mac: MAC,
  options: [
    [Option.vendorClass, Buffer.from('PXEClient:Arch:00007:UNDI:003000')],
    // A token where nobody expects one.
    [Option.hostName, Buffer.from(TOKEN)],
  ],
});
const answer = (type: 'offer' | 'ack') => ({
  ...discover,
  ...{ op: 2 as const, type, yiaddr: ipv4Number('192.0.2.101'), siaddr: ipv4Number(US), file: 'snponly.efi' },
  options: new Map([[Option.serverIdentifier as number, uint32(ipv4Number(US))]]),
});
const arp = encodeArp({
  ...{ operation: 'request', senderMac: Buffer.from('525400000001', 'hex'), targetMac: NO_MAC },
  ...{ sender: ipv4Number('192.0.2.101'), target: ipv4Number(US) },
});

/** As tshark reads it: fields of each packet. */
async function tshark(file: string, ...fields: string[]): Promise<string[][]> {
  const argv = ['tshark', '-n', '-r', file, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const { stdout } = await run(argv, { timeout: 60_000 });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

it('tshark reads every packet as what it is, our words as comments, and no token', async () => {
  const attempt: Attempt = { key: 'h1', mac: MAC, startedAt: START, entries: [], bytes: 0, left: 3 };
  for (const one of [
    tapped(0, 'asked', encode(discover)),
    tapped(0.5, 'answered', encode(answer('offer'))),
    tapped(1, 'answered', encode(answer('ack'))),
    tapped(1.25, 'arp', arp),
  ])
    append(attempt, dhcpStep(one)!);
  append(attempt, { at: START + 2000, fact: tftp('asked', 'snponly.efi') });
  append(attempt, { at: START + 3000, fact: tftp('sent', 'snponly.efi') });
  append(attempt, { at: START + 4000, fact: report('image-wrong', `the token ${TOKEN} – äöü`) });
  const file = join(folder, 'boot.pcapng');
  const bytes = pcapng('node1', attempt, diagnose(attempt.entries, factsAt(60)));
  await writeFile(file, bytes);
  expect(bytes.toString('latin1')).not.toContain(TOKEN);

  const rows = await tshark(file, 'frame.time_relative', 'frame.protocols', 'frame.comment');
  expect(rows.map(([at]) => Number(at))).toEqual([0, 0.5, 1, 1.25, 2, 3, 4]);
  expect(rows.map(([, protocols]) => protocols!.split(':').at(-1))).toEqual([
    ...['dhcp', 'dhcp', 'dhcp', 'arp', 'syslog', 'syslog', 'syslog'],
  ]);
  expect(rows[0]![2]).toContain('0: its firmware looks for DHCP servers');
  expect(rows[6]![2]).toContain('image-wrong: the root that it loaded is not the image');
  expect(rows[6]![2]).toContain('[token] – äöü');

  const dhcp = await tshark(
    file,
    'dhcp.option.dhcp',
    'dhcp.ip.your',
    'dhcp.file',
    'ip.src',
    'udp.dstport',
    'arp.dst.proto_ipv4',
    'syslog.msg',
  );
  expect(dhcp[0]!.slice(0, 5)).toEqual(['1', '0.0.0.0', '', '0.0.0.0', '67']);
  expect(dhcp[2]!.slice(0, 5)).toEqual(['5', '192.0.2.101', 'snponly.efi', US, '68']);
  expect(dhcp[3]![5]).toBe(US);
  expect(dhcp[4]![6]).toBe('rackhand: asks for snponly.efi by TFTP');

  const bad = await run(
    [
      'tshark',
      '-n',
      '-r',
      file,
      '-Y',
      '_ws.malformed || ip.checksum.status == "Bad" || udp.checksum.status == "Bad"',
      '-o',
      'ip.check_checksum:TRUE',
      '-o',
      'udp.check_checksum:TRUE',
    ],
    { timeout: 60_000 },
  );
  // The token that was crossed out changed the sum of the one packet that it was in.
  expect(bad.stdout.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(1);
  const { stdout } = await run(['capinfos', '-T', '-m', '-c', '-k', file], { timeout: 60_000 });
  expect(stdout).toContain('boot of node1 at 2026-01-01T00:00:00.000Z');
});
