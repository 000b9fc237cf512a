import { expect, it } from 'vitest';
import { encode } from '../../../pxe-server/dhcp/codec.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import type { Tapped } from '../../../pxe-server/dhcp/tap.ts';
import { encodeArp, NO_MAC } from '../../../pxe-server/net/arp.ts';
import { readDatagram, writeDatagram } from '../../../pxe-server/net/datagram.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { dhcpStep } from '../../../pxe-server/trace/dhcp-steps.ts';
import { maskTokens } from '../../../pxe-server/trace/mask.ts';
import { captured } from '../dhcp/captured.ts';
import { message } from '../dhcp/packets.ts';

const MAC = '52:54:00:00:00:01';
const US = ipv4Number('192.0.2.1');
const tapped = (what: Tapped['what'], bytes: Buffer, change: Partial<Tapped> = {}): Tapped => ({
  ...{ at: 5, mac: MAC, what, client: 'firmware', bytes: bytes.toString('latin1') },
  ...{ from: { address: 0, port: 68 }, to: { address: 0xffffffff, port: 67 } },
  ...change,
});
const discover = message('discover', {
  options: [
    [Option.vendorClass, Buffer.from('PXEClient:Arch:00007:UNDI:003000')],
    [Option.clientArchitecture, Buffer.of(0, 7)],
  ],
});

it('a question, with its packet whole from the IPv4 header on', () => {
  const bytes = encode(discover);
  const step = dhcpStep(tapped('asked', bytes))!;
  expect(step).toMatchObject({
    mac: MAC,
    fact: { layer: 'dhcp', by: 'machine', type: 'discover', port: 67, client: 'firmware', architecture: 7 },
  });
  expect(step.address).toBeUndefined();
  expect(readDatagram(Buffer.from(step.frame!.bytes, 'base64'))).toEqual({
    ...{ from: { address: 0, port: 68 }, to: { address: 0xffffffff, port: 67 } },
    payload: bytes,
  });
});

const cardOf = (hex: string) => {
  const options = new Map([...discover.options, [Option.ipxe as number, Buffer.from(hex, 'hex')]]);
  const fact = dhcpStep(tapped('asked', encode({ ...discover, options })))!.fact;
  return fact.layer === 'dhcp' ? fact.card : 'no DHCP';
};
it.each([
  ['a virtio card, as QEMU’s ROM tells it', 'b105011af41000eb03010000170101', '1af4:1000'],
  ['behind other features', '170101b10501808610d3', '8086:10d3'],
  ['no PCI card', 'b105021af41000', undefined],
  ['cut off', 'b105011af4', undefined],
  ['nothing of it', '170101', undefined],
  ['a length beyond the end', '17ff01', undefined],
])('the card of an iPXE: %s', (_name, hex, card) => {
  expect(cardOf(hex)).toBe(card);
});
it('the card of a real iPXE', () => {
  const { fact } = dhcpStep(tapped('asked', captured.ipxeRomDiscover, { client: 'ipxe' }))!;
  expect(fact).toMatchObject({ card: '1af4:1000' });
});

const offer = {
  ...discover,
  ...{
    op: 2 as const,
    type: 'offer' as const,
    yiaddr: ipv4Number('192.0.2.101'),
    siaddr: US,
    file: 'snponly.efi',
  },
  options: new Map([[Option.serverIdentifier as number, Buffer.of(192, 0, 2, 1)]]),
};

it.each(['offer', 'ack'] as const)('an answer: %s', (type) => {
  const from = { address: US, port: 67 };
  const step = dhcpStep(tapped('answered', encode({ ...offer, type }), { from, why: 'so' }))!;
  expect(step.fact).toMatchObject({
    ...{ by: 'us', type, address: '192.0.2.101', server: '192.0.2.1', bootFile: 'snponly.efi' },
    ...{ nextServer: '192.0.2.1', why: 'so', options: [54] },
  });
  expect(step.address).toBe(type === 'ack' ? '192.0.2.101' : undefined);
});

it('an answer of another server, as it was heard', () => {
  const packet = writeDatagram({
    from: { address: ipv4Number('192.0.2.66'), port: 67 },
    to: { address: 0xffffffff, port: 68 },
    payload: encode(offer),
  });
  const step = dhcpStep(tapped('overheard', packet, { sender: '02:00:00:00:00:66' }))!;
  expect(step.fact).toMatchObject({
    by: 'other',
    type: 'offer',
    mac: '02:00:00:00:00:66',
    bootFile: 'snponly.efi',
  });
  expect(Buffer.from(step.frame!.bytes, 'base64').equals(packet)).toBe(true);
});

it('no answer, and why', () => {
  expect(dhcpStep(tapped('silent', Buffer.alloc(0), { why: 'the pool is empty' }))).toEqual({
    ...{ at: 5, mac: MAC },
    fact: {
      layer: 'dhcp',
      by: 'us',
      type: 'no-answer',
      xid: 0,
      port: 67,
      client: 'firmware',
      why: 'the pool is empty',
    },
  });
});

it('an address that is looked for, as an Ethernet frame', () => {
  const arp = encodeArp({
    ...{ operation: 'request', senderMac: Buffer.from('525400000001', 'hex'), targetMac: NO_MAC },
    ...{ sender: ipv4Number('192.0.2.101'), target: US },
  });
  const step = dhcpStep(tapped('arp', arp))!;
  expect(step).toMatchObject({
    address: '192.0.2.101',
    fact: { layer: 'arp', step: 'asks', target: '192.0.2.1' },
  });
  expect(Buffer.from(step.frame!.bytes, 'base64').toString('hex')).toBe(
    `ffffffffffff5254000000010806${arp.toString('hex')}`,
  );
});

it('what is no DHCP is no step', () => {
  const bytes = encode(offer);
  for (const what of ['asked', 'answered', 'overheard', 'arp'] as const)
    for (let length = 0; length < 240; length += 7)
      expect(dhcpStep(tapped(what, bytes.subarray(0, length)))).toBeUndefined();
});

it('tokens are crossed out and everything else stays', () => {
  const token = '0123456789abcdef'.repeat(2);
  const bytes = Buffer.from(`\xff${token}\0${token}0 ${token}`, 'latin1');
  expect(maskTokens(bytes).toString('latin1')).toBe(`\xff${'x'.repeat(32)}\0${token}0 ${'x'.repeat(32)}`);
  expect(maskTokens(Buffer.from([0, 255, 128]))).toEqual(Buffer.from([0, 255, 128]));
});
