import { describe, expect, it } from 'vitest';
import type { DhcpPacket } from '../../../../pxe-server/dhcp/codec.ts';
import { complaint, type ForeignAnswer, foreignAnswer } from '../../../../pxe-server/dhcp/foreign/answers.ts';
import { Option } from '../../../../pxe-server/dhcp/options.ts';
import { ipv4Number } from '../../../../pxe-server/net/ipv4.ts';
import { message } from '../packets.ts';

const own = new Set([ipv4Number('198.51.100.1')]);
const from = { address: ipv4Number('198.51.100.254'), port: 67 };
const MAC = '52:54:00:00:00:02';

function offer(fields: Partial<DhcpPacket> = {}, options: [number, Buffer][] = []): DhcpPacket {
  const yiaddr = ipv4Number('198.51.100.77');
  return message('offer', { server: '198.51.100.254', options, fields: { op: 2, yiaddr, ...fields } });
}
const heard = (packet: DhcpPacket, sender = from) => foreignAnswer(packet, { from: sender }, own);

describe('an answer that is heard', () => {
  it('says who gave it, and what', () => {
    const siaddr = ipv4Number('198.51.100.253');
    expect(heard(offer({ siaddr, file: 'pxelinux.0' }))).toEqual({
      ...{ server: from.address, address: ipv4Number('198.51.100.77'), refuses: false, relay: 0 },
      ...{ boots: true, bootFile: 'pxelinux.0', nextServer: '198.51.100.253' },
    });
  });
  it.each<[string, DhcpPacket, Partial<ForeignAnswer>]>([
    ['no server identifier: the sender', message('offer', { fields: { op: 2 } }), { server: from.address }],
    ['no boot file', offer(), { boots: false, bootFile: '' }],
    [
      'a boot file by option',
      offer({}, [[Option.bootFileName, Buffer.from('a.efi\0')]]),
      { bootFile: 'a.efi' },
    ],
    [
      'PXE without a file',
      offer({}, [[Option.vendorClass, Buffer.from('PXEClient')]]),
      { boots: true, bootFile: '' },
    ],
    ['a NAK', offer({ type: 'nak', yiaddr: 0 }), { refuses: true, address: 0 }],
    ['by a relay', offer({ giaddr: 7 }), { relay: 7 }],
    ['what moves a terminal', offer({ file: 'a\x1b[2Jb' }), { bootFile: 'a?[2Jb' }],
  ])('%s', (_what, packet, expected) => {
    expect(heard(packet)).toMatchObject(expected);
  });
  it.each<[string, DhcpPacket, typeof from?]>([
    ['a question', message('discover')],
    ['our own, brought back by a relay', message('offer', { server: '198.51.100.1', fields: { op: 2 } })],
    ['from another port', offer(), { ...from, port: 1067 }],
    ['an answer that no server gives', offer({ type: 'discover' })],
  ])('is not one: %s', (_what, packet, sender) => {
    expect(heard(packet, sender)).toBeUndefined();
  });
});

describe('what is wrong with it', () => {
  const gives = { server: from.address, address: ipv4Number('198.51.100.77'), refuses: false, relay: 0 };
  const nothing = { boots: false, bootFile: '', nextServer: '' };
  const boots = { boots: true, bootFile: 'a.efi', nextServer: '198.51.100.254' };
  it.each<[string, ForeignAnswer, 'ours' | 'theirs', string | undefined]>([
    [
      'addresses where they are ours to give',
      { ...gives, ...nothing },
      'ours',
      'gives addresses (198.51.100.77)',
    ],
    [
      'both',
      { ...gives, ...boots },
      'ours',
      'gives addresses (198.51.100.77), names boot file a.efi from 198.51.100.254',
    ],
    [
      'a boot file alone',
      { ...gives, address: 0, ...boots },
      'ours',
      'names boot file a.efi from 198.51.100.254',
    ],
    ['a refusal', { ...gives, address: 0, refuses: true, ...nothing }, 'ours', 'refuses addresses'],
    ['addresses where another gives them', { ...gives, ...nothing }, 'theirs', undefined],
    ['a refusal there', { ...gives, address: 0, refuses: true, ...nothing }, 'theirs', undefined],
    [
      'a second boot file there',
      { ...gives, ...boots },
      'theirs',
      'names boot file a.efi from 198.51.100.254',
    ],
    ['boot servers there', { ...gives, ...nothing, boots: true }, 'theirs', 'names boot servers'],
    ['an answer to INFORM', { ...gives, address: 0, ...nothing }, 'ours', undefined],
  ])('%s', (_what, answer, addresses, expected) => {
    const told = complaint(answer, MAC, addresses);
    if (expected === undefined) expect(told).toBeUndefined();
    else expect(told).toContain(`another DHCP server on this network (${MAC}) ${expected}: `);
  });
  it('names the relay that it came by', () => {
    expect(complaint({ ...gives, ...nothing, relay: from.address }, MAC, 'ours')).toContain(
      `(${MAC}, relay 198.51.100.254)`,
    );
  });
});
