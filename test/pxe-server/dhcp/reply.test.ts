import { describe, expect, it } from 'vitest';
import { type BootAnswer, classify } from '../../../pxe-server/dhcp/classify.ts';
import { type DhcpPacket, decode } from '../../../pxe-server/dhcp/codec.ts';
import {
  destination,
  grant,
  inform,
  nak,
  proxy,
  type ReplyContext,
  type SubnetFacts,
} from '../../../pxe-server/dhcp/reply.ts';
import { ipv4Number, ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { captured } from './captured.ts';
import { type MessageParts, message } from './packets.ts';

const subnet: SubnetFacts = {
  mask: 0xffffff00,
  router: ipv4Number('198.51.100.254'),
  dns: ['192.0.2.53', '192.0.2.54'].map(ipv4Number),
  domain: 'lab.example',
  ntp: [ipv4Number('192.0.2.123')],
  leaseSeconds: 3601,
  further: [],
};
const bare: SubnetFacts = {
  mask: 0xffffff00,
  router: undefined,
  dns: [],
  domain: undefined,
  ntp: [],
  leaseSeconds: 60,
  further: [],
};
const none: BootAnswer = { kind: 'none' };
const file = (bootFile: string, nextServer = '198.51.100.1'): BootAnswer => ({
  kind: 'file',
  nextServer,
  bootFile,
});
const address = ipv4Number('198.51.100.100');

function context(packet: DhcpPacket, boot: BootAnswer = none, facts = bare): ReplyContext {
  const serverAddress = ipv4Number('198.51.100.1');
  return { packet, request: classify(packet), serverAddress, subnet: facts, boot };
}
function real(name: keyof typeof captured): DhcpPacket {
  const packet = decode(captured[name]);
  if ('malformed' in packet) throw new Error(packet.malformed);
  return packet;
}
/** "54=c6336401 …" */
const options = (packet: DhcpPacket) =>
  [...packet.options].map(([code, value]) => `${code}=${value.toString('hex')}`).join(' ');
const hex = (value: string) => Buffer.from(value).toString('hex');

describe('an address', () => {
  it('with everything that the subnet has, the important first', () => {
    expect(options(grant('offer', address, context(message('discover'), none, subnet)))).toBe(
      `54=c6336401 51=00000e11 1=ffffff00 3=c63364fe 6=c0000235c0000236 15=${hex('lab.example')} ` +
        '42=c000027b 58=00000708 59=00000c4e',
    );
  });
  it('with nothing that the subnet has not', () => {
    const reply = grant('offer', address, context(message('discover')));
    expect(options(reply)).toBe('54=c6336401 51=0000003c 1=ffffff00 58=0000001e 59=00000034');
    expect(reply).toMatchObject({ op: 2, type: 'offer', yiaddr: address, siaddr: 0, file: '', sname: '' });
  });
  it('repeats what RFC 2131 table 3 wants', () => {
    const packet = message('request', {
      ciaddr: '198.51.100.100',
      giaddr: '198.51.100.2',
      fields: { xid: 7, broadcast: true, hops: 2, secs: 9 },
    });
    const same = {
      xid: 7,
      htype: 1,
      chaddr: packet.chaddr,
      giaddr: packet.giaddr,
      broadcast: true,
      hops: 0,
      secs: 0,
    };
    expect(grant('ack', address, context(packet))).toMatchObject({ ...same, ciaddr: packet.ciaddr });
    expect(grant('offer', address, context(packet))).toMatchObject({ ...same, ciaddr: 0 });
  });
  it('echoes UUID, client identifier and relay information, the last of all', () => {
    const packet = message('discover', {
      options: [
        [82, Buffer.from('0101aa', 'hex')],
        [61, Buffer.from('01525400000001', 'hex')],
        [97, Buffer.alloc(17, 5)],
      ],
    });
    expect(options(grant('offer', address, context(packet)))).toMatch(
      / 97=(05){17} 61=01525400000001 82=0101aa$/,
    );
  });
});

describe('boot options', () => {
  const boot = (name: keyof typeof captured, answer: BootAnswer) => {
    const reply = grant('offer', address, context(real(name), answer));
    const shown = options(reply)
      .split(' ')
      .filter((option) => !/^(54|51|1|58|59|97|61)=/.test(option))
      .join(' ');
    return { siaddr: ipv4Text(reply.siaddr), file: reply.file, options: shown };
  };
  it('BIOS: class, name, server, and no look for boot servers', () => {
    const packet = message('discover', { options: [[60, Buffer.from('PXEClient:Arch:00000:UNDI:002001')]] });
    const reply = grant('offer', address, context(packet, file('undionly.kpxe')));
    expect(reply).toMatchObject({ siaddr: ipv4Number('198.51.100.1'), file: 'undionly.kpxe' });
    expect(options(reply)).toBe(
      `54=c6336401 51=0000003c 1=ffffff00 60=${hex('PXEClient')} 67=${hex('undionly.kpxe')} 0= ` +
        `66=${hex('198.51.100.1')} 43=060108ff 58=0000001e 59=00000034`,
    );
  });
  it('UEFI', () => {
    expect(boot('ovmfPxeDiscover', file('snponly.efi'))).toEqual({
      siaddr: '198.51.100.1',
      file: 'snponly.efi',
      options: `60=${hex('PXEClient')} 67=${hex('snponly.efi')} 0= 66=${hex('198.51.100.1')} 43=060108ff`,
    });
  });
  it('UEFI HTTP Boot: its own class and a URL, no TFTP server', () => {
    const url = 'http://198.51.100.1/boot/snponly.efi';
    expect(boot('ovmfHttpDiscover', file(url))).toEqual({
      siaddr: '198.51.100.1',
      file: url,
      options: `60=${hex('HTTPClient')} 67=${hex(url)}`,
    });
  });
  it('an iPXE ROM: its script, and no wait for a proxy', () => {
    const url = 'http://198.51.100.1/boot/start.ipxe';
    expect(boot('ipxeRomDiscover', file(url))).toEqual({
      siaddr: '198.51.100.1',
      file: url,
      options: `60=${hex('PXEClient')} 67=${hex(url)} 66=${hex('198.51.100.1')} 175=b00101`,
    });
  });
  it('a TFTP server that is another machine', () => {
    expect(boot('ovmfPxeDiscover', file('snponly.efi', '192.0.2.69'))).toEqual({
      siaddr: '192.0.2.69',
      file: 'snponly.efi',
      options: `60=${hex('PXEClient')} 67=${hex('snponly.efi')} 0= 66=${hex('192.0.2.69')} 43=060108ff`,
    });
  });
  it('a TFTP server by name leaves the address to us', () => {
    expect(boot('ovmfPxeDiscover', file('snponly.efi', 'tftp.example'))).toMatchObject({
      siaddr: '198.51.100.1',
    });
  });
  it('a name longer than the file field is in option 67 alone', () => {
    const url = `http://198.51.100.1/${'a'.repeat(120)}`;
    expect(boot('ovmfHttpDiscover', file(url))).toMatchObject({
      file: '',
      options: `60=${hex('HTTPClient')} 67=${hex(url)}`,
    });
    expect(boot('ovmfHttpDiscover', file('f'.repeat(127)))).toMatchObject({ file: 'f'.repeat(127) });
  });
  it('nothing to boot: an address all the same', () => {
    expect(boot('ovmfPxeDiscover', none)).toEqual({ siaddr: '0.0.0.0', file: '', options: '' });
  });
});

describe('other answers', () => {
  it('INFORM: configuration, no address and no times (RFC 2131 4.3.5)', () => {
    const packet = message('inform', { ciaddr: '198.51.100.50' });
    const reply = inform(context(packet, none, subnet));
    expect(reply).toMatchObject({ type: 'ack', yiaddr: 0, ciaddr: packet.ciaddr });
    expect(options(reply)).toBe(
      `54=c6336401 1=ffffff00 3=c63364fe 6=c0000235c0000236 15=${hex('lab.example')} 42=c000027b`,
    );
  });
  it('port 4011: the boot file alone', () => {
    const packet = real('ovmfPxeRequest');
    const reply = proxy('ack', context({ ...packet, ciaddr: address }, file('snponly.efi'), subnet));
    expect(reply).toMatchObject({ type: 'ack', yiaddr: 0, ciaddr: address, file: 'snponly.efi' });
    expect(options(reply)).toBe(
      `54=c6336401 60=${hex('PXEClient')} 67=${hex('snponly.efi')} 0= 66=${hex('198.51.100.1')} 43=060108ff ` +
        '97=0033221100554477668899aabbccddeeff',
    );
  });
  it('NAK: the reason, no address and no boot file', () => {
    const packet = message('request', { ciaddr: '198.51.100.100', options: [[82, Buffer.of(1, 1, 9)]] });
    const reply = nak(context(packet, file('x'), subnet), 'that address is taken');
    expect(reply).toMatchObject({ type: 'nak', ciaddr: 0, yiaddr: 0, siaddr: 0, file: '', broadcast: false });
    expect(options(reply)).toBe(`54=c6336401 56=${hex('that address is taken')} 82=010109`);
  });
  it('NAK through a relay: the relay must broadcast it (RFC 2131 4.3.2)', () => {
    const packet = message('request', { giaddr: '198.51.100.2' });
    expect(nak(context(packet), 'x')).toMatchObject({ broadcast: true, giaddr: packet.giaddr });
  });
  it('the reason of a NAK is cut before its option is too long', () => {
    expect(nak(context(message('request')), 'x'.repeat(500)).options.get(56)?.length).toBe(200);
  });
});

describe('where answers go', () => {
  const everyone = { address: '255.255.255.255', port: 68 };
  const inSubnet = (n: number) => n >>> 8 === ipv4Number('198.51.100.0') >>> 8;
  const ack = (parts: MessageParts) => grant('ack', address, context(message('request', parts)));
  it.each([
    ['no address yet', ack({}), everyone],
    ['no address yet, unicast allowed', ack({ fields: { broadcast: false } }), everyone],
    ['a renewal', ack({ ciaddr: '198.51.100.100' }), { address: '198.51.100.100', port: 68 }],
    ['an address of another network', ack({ ciaddr: '10.0.0.1' }), everyone],
    ['a relay', ack({ giaddr: '203.0.113.1' }), { address: '203.0.113.1', port: 67 }],
    [
      'a relay before an address',
      ack({ giaddr: '203.0.113.1', ciaddr: '198.51.100.100' }),
      { address: '203.0.113.1', port: 67 },
    ],
    [
      'INFORM',
      inform(context(message('inform', { ciaddr: '198.51.100.50' }))),
      { address: '198.51.100.50', port: 68 },
    ],
    ['INFORM without an address', inform(context(message('inform'))), everyone],
    ['NAK', nak(context(message('request', { ciaddr: '198.51.100.100' })), 'x'), everyone],
    [
      'NAK through a relay',
      nak(context(message('request', { giaddr: '203.0.113.1' })), 'x'),
      { address: '203.0.113.1', port: 67 },
    ],
  ])('%s', (_name, reply, expected) => {
    const { address: to, port } = destination(reply, inSubnet);
    expect({ address: ipv4Text(to), port }).toEqual(expected);
  });
});
