import { describe, expect, it } from 'vitest';
import { Option6, optionOf } from '../../../pxe-server/dhcp6/options.ts';
import { ipv6Text } from '../../../pxe-server/net/ipv6.ts';
import { Desk6 } from './desk.ts';
import { duidOf, FIRMWARE, type Parts6, SERVER_ID } from './packets.ts';

const OTHER = '52:54:00:00:00:02';
const server = SERVER_ID;
const stranger = duidOf('52:54:00:00:00:99');
const rapid: Parts6 = { options: [[Option6.rapidCommit, Buffer.alloc(0)]] };
const naming = (...addresses: string[]) => ({ server, associations: { 1: addresses } });

describe('an address', () => {
  it('is offered, and leased when it is asked for', () => {
    const desk = new Desk6();
    const offered = desk.send('solicit');
    expect(offered).toMatchObject({ kind: 'offer', type: 'advertise', associations: ['fd00::10 3600'] });
    expect(desk.state('fd00::10')).toBe('offered');
    const leased = desk.send('request', naming('fd00::10'));
    expect(leased).toMatchObject({ kind: 'ack', type: 'reply', associations: ['fd00::10 3600'] });
    expect(leased.why).toBe('leased fd00::10');
    expect(desk.state('fd00::10')).toBe('bound');
  });
  it('stays with its client, by DUID and IAID', () => {
    const desk = new Desk6();
    expect(desk.lease().associations).toEqual(['fd00::10 3600']);
    expect(desk.lease({ mac: OTHER }).associations).toEqual(['fd00::11 3600']);
    desk.wait(7200);
    expect(desk.lease().associations).toEqual(['fd00::10 3600']);
    expect(desk.lease({ associations: { 2: [] } }).associations).toEqual(['fd00::12 3600']);
    expect(desk.lease({ mac: OTHER }).associations).toEqual(['fd00::11 3600']);
  });
  it('is leased at once to who asks so', () => {
    const desk = new Desk6();
    const told = desk.send('solicit', rapid);
    expect(told).toMatchObject({ kind: 'ack', type: 'reply', associations: ['fd00::10 3600'] });
    expect(optionOf(told.options, Option6.rapidCommit)).toEqual(Buffer.alloc(0));
    expect(desk.state('fd00::10')).toBe('bound');
    const full = new Desk6({ range: ['fd00::10', 'fd00::10'] });
    full.lease({ mac: OTHER });
    expect(full.send('solicit', rapid)).toMatchObject({ kind: 'refused', type: 'advertise' });
  });
  it('is the one that was asked for, where that is free', () => {
    const desk = new Desk6();
    expect(desk.send('solicit', { associations: { 1: ['fd00::12'] } }).associations).toEqual([
      'fd00::12 3600',
    ]);
    expect(desk.send('solicit', { mac: OTHER, associations: { 1: ['fd00::12'] } }).associations).toEqual([
      'fd00::10 3600',
    ]);
    // In no range.
    expect(desk.send('solicit', { associations: { 3: ['fd00::99'] } }).associations).toEqual([
      'fd00::11 3600',
    ]);
  });
  it('of every association of a machine is another', () => {
    const desk = new Desk6();
    expect(desk.lease({ associations: { 1: [], 2: [] } }).associations).toEqual([
      ...['fd00::10 3600', 'fd00::11 3600'],
    ]);
  });
  it('is refused when all are taken, and an address that was given up is given again', () => {
    const desk = new Desk6({ range: ['fd00::10', 'fd00::10'] });
    desk.lease();
    expect(desk.send('solicit', { mac: OTHER })).toMatchObject({
      ...{ kind: 'refused', type: 'advertise', associations: ['noAddrsAvail'] },
      why: expect.stringContaining('widen ipv6.range'),
    });
    desk.wait(3601);
    expect(desk.lease({ mac: OTHER }).associations).toEqual(['fd00::10 3600']);
    expect(desk.send('renew', naming('fd00::10'))).toMatchObject({
      kind: 'nak',
      associations: ['noBinding'],
    });
  });
  it('of those that were given up is the one longest ago', () => {
    const desk = new Desk6({ range: ['fd00::10', 'fd00::11'] });
    desk.lease();
    desk.lease({ mac: OTHER });
    desk.wait(1000);
    desk.send('renew', naming('fd00::10'));
    desk.wait(3601);
    expect(desk.lease({ mac: '52:54:00:00:00:03' }).associations).toEqual(['fd00::11 3600']);
  });
  it('that was offered and not taken is offered to others after a minute', () => {
    const desk = new Desk6({ range: ['fd00::10', 'fd00::10'] });
    desk.send('solicit');
    desk.wait(59);
    expect(desk.send('solicit', { mac: OTHER }).kind).toBe('refused');
    desk.wait(2);
    expect(desk.send('solicit', { mac: OTHER }).associations).toEqual(['fd00::10 3600']);
  });
  it('is not given while the disk does not take it', () => {
    const desk = new Desk6();
    desk.diskFails = true;
    expect(desk.lease()).toMatchObject({ kind: 'silent', why: 'not written' });
    expect(desk.state('fd00::10')).toBe('offered');
  });
});

describe('a reserved address', () => {
  const reserved = { '52:54:00:12:34:56': 'fd00::77' };
  it('goes to its machine alone, however that names itself', () => {
    const desk = new Desk6({ reserved: { ...reserved, [OTHER]: 'fd00::10' } });
    expect(desk.lease().associations).toEqual(['fd00::77 3600']);
    const uuid = Buffer.concat([Buffer.of(0, 4), Buffer.alloc(16, 3)]);
    expect(desk.lease({ duid: uuid }).associations).toEqual(['fd00::77 3600']);
    expect(desk.lease({ mac: '52:54:00:00:00:03', associations: { 1: ['fd00::77'] } }).associations).toEqual([
      'fd00::11 3600',
    ]);
  });
  it('is for the first association', () => {
    const desk = new Desk6({ reserved });
    expect(desk.lease({ associations: { 1: [], 2: [] } }).associations).toEqual([
      ...['fd00::77 3600', 'fd00::10 3600'],
    ]);
  });
  it('takes the place of another at the next renewal', () => {
    const desk = new Desk6();
    desk.lease();
    desk.reserved.set('52:54:00:12:34:56', 'fd00::77');
    expect(desk.send('renew', naming('fd00::10')).associations).toEqual(['fd00::77 3600', 'fd00::10 0']);
  });
});

describe('a lease', () => {
  it.each(['renew', 'rebind'] as const)('is made longer by %s', (type) => {
    const desk = new Desk6();
    desk.lease();
    desk.wait(1800);
    const parts: Parts6 = { associations: { 1: ['fd00::10'] }, ...(type === 'renew' ? { server } : {}) };
    expect(desk.send(type, parts)).toMatchObject({ kind: 'ack', associations: ['fd00::10 3600'] });
    desk.wait(2000);
    expect(desk.send('solicit', { mac: OTHER }).associations).toEqual(['fd00::11 3600']);
  });
  it("that nobody knows: Renew is told so, Rebind is another server's", () => {
    const desk = new Desk6();
    expect(desk.send('renew', naming('fd00::10'))).toMatchObject({
      kind: 'nak',
      associations: ['noBinding'],
    });
    expect(desk.send('rebind', { associations: { 1: ['fd00::10'] } }).kind).toBe('silent');
  });
  it('of another link is taken away', () => {
    const desk = new Desk6();
    expect(desk.send('rebind', { associations: { 1: ['fd77::10'] } }).associations).toEqual(['fd77::10 0']);
    expect(desk.send('request', naming('fd77::10'))).toMatchObject({
      kind: 'nak',
      associations: ['notOnLink'],
    });
  });
  it('is given back', () => {
    const desk = new Desk6();
    desk.lease();
    expect(desk.send('release', naming('fd00::10'))).toMatchObject({
      ...{ kind: 'release', status: 'success', why: 'released fd00::10', associations: [] },
    });
    expect(desk.state('fd00::10')).toBe('released');
    expect(desk.send('release', naming('fd00::10'))).toMatchObject({
      ...{ kind: 'nak', status: 'success', associations: ['noBinding'] },
      why: 'release: no lease of this machine',
    });
  });
  it('of another is not given back', () => {
    const desk = new Desk6();
    desk.lease();
    expect(desk.send('release', { ...naming('fd00::10'), mac: OTHER }).associations).toEqual(['noBinding']);
    expect(desk.state('fd00::10')).toBe('bound');
  });
  it('whose address answers elsewhere stays unused for ten minutes', () => {
    const desk = new Desk6({ range: ['fd00::10', 'fd00::11'] });
    desk.lease();
    expect(desk.send('decline', naming('fd00::10'))).toMatchObject({ kind: 'decline', status: 'success' });
    expect(desk.lease().associations).toEqual(['fd00::11 3600']);
    expect(desk.send('solicit', { mac: OTHER }).kind).toBe('refused');
    desk.wait(601);
    expect(desk.send('solicit', { mac: OTHER }).associations).toEqual(['fd00::10 3600']);
  });
});

describe('a client that comes back', () => {
  it.each([
    ['to its link', ['fd00::99'], 'success', 'inform'],
    ['to another link', ['fd00::10', 'fd77::10'], 'notOnLink', 'nak'],
  ])('%s', (_where, addresses, status, kind) => {
    expect(new Desk6().send('confirm', { associations: { 1: addresses } })).toMatchObject({ kind, status });
  });
  it('with nothing is not answered', () => {
    expect(new Desk6().send('confirm').kind).toBe('silent');
  });
});

describe('what must not be answered (RFC 8415 section 16)', () => {
  const elsewhere = { server: stranger };
  it.each<[string, Parameters<Desk6['send']>]>([
    ['a Solicit that names a server', ['solicit', { server }]],
    ['a Rebind that names a server', ['rebind', naming('fd00::10')]],
    ['a Confirm that names a server', ['confirm', naming('fd00::10')]],
    ['a Request for another server', ['request', elsewhere]],
    ['a Request that names none', ['request', {}]],
    ['a Renew for another server', ['renew', elsewhere]],
    ['a Release that names none', ['release', {}]],
    ['a Decline for another server', ['decline', elsewhere]],
    ['a question for information that names addresses', ['information-request', {}]],
    ['one for another server', ['information-request', { ...elsewhere, associations: {} }]],
    ['an Advertise', ['advertise', {}]],
    ['a Reply', ['reply', {}]],
    ['a Reconfigure', ['reconfigure', {}]],
    ['a Solicit without association', ['solicit', { associations: {} }]],
    ['a Solicit to us alone', ['solicit', {}, { unicast: true }]],
    ['a malformed association', ['solicit', { options: [[Option6.iaNa, Buffer.alloc(3)]] }]],
  ])('%s', (_what, message) => {
    expect(new Desk6().send(...message).kind).toBe('silent');
  });
  it('a Request to us alone is told to ask everybody', () => {
    const told = new Desk6().send('request', naming('fd00::10'), { unicast: true });
    expect(told).toMatchObject({ type: 'reply', status: 'useMulticast', associations: [] });
  });
  it("an offer is free again when its client takes another server's", () => {
    const desk = new Desk6({ range: ['fd00::10', 'fd00::10'] });
    desk.send('solicit');
    desk.send('request', { server: stranger });
    expect(desk.send('solicit', { mac: OTHER }).associations).toEqual(['fd00::10 3600']);
  });
});

describe('configuration', () => {
  const text = (value: Buffer | undefined) => value?.toString('latin1');
  it('comes with an address, and to who asks for it alone', () => {
    const oro: Parts6 = { options: [[Option6.oro, Buffer.of(0, 31, 0, 56)]] };
    const desk = new Desk6();
    for (const { options } of [
      desk.send('solicit', oro),
      desk.send('information-request', { ...oro, associations: {} }),
    ]) {
      expect(optionOf(options, Option6.dns)?.toString('hex')).toBe('fd000000000000000000000000000053');
      expect(text(optionOf(options, Option6.domainList))).toBe('\x03lab\x07example\0');
      expect(optionOf(options, Option6.sntp)?.toString('hex')).toBe('fd00000000000000000000000000007b');
      expect(optionOf(options, Option6.ntp)?.toString('hex')).toBe(
        '00010010fd00000000000000000000000000007b',
      );
      expect(optionOf(options, Option6.serverId)).toEqual(SERVER_ID);
      expect(optionOf(options, Option6.clientId)).toEqual(duidOf());
    }
    expect(optionOf(desk.send('solicit').options, Option6.ntp)).toBeUndefined();
  });
  it.each([
    ['pxe', 'snponly.efi', 'tftp://[fd00::1]/snponly.efi', undefined],
    [
      'http',
      'http://[fd00::1]/boot/snponly.efi',
      'http://[fd00::1]/boot/snponly.efi',
      '00000157000a48545450436c69656e74',
    ],
    ['ipxe', 'http://[fd00::1]/boot/start.ipxe', 'http://[fd00::1]/boot/start.ipxe', undefined],
  ] as const)('for %s has the boot file %s as URL', (firmware, bootFile, url, vendorClass) => {
    const desk = new Desk6({ boot: { kind: 'file', nextServer: 'fd00::1', bootFile } });
    const offered = desk.send('solicit', { options: FIRMWARE[firmware] });
    expect(text(optionOf(offered.options, Option6.bootFileUrl))).toBe(url);
    expect(optionOf(offered.options, Option6.vendorClass)?.toString('hex')).toBe(vendorClass);
    expect(optionOf(offered.options, Option6.preference)).toEqual(Buffer.of(255));
    const leased = desk.send('request', { ...naming('fd00::10'), options: FIRMWARE[firmware] });
    expect(text(optionOf(leased.options, Option6.bootFileUrl))).toBe(url);
    expect(optionOf(leased.options, Option6.preference)).toBeUndefined();
  });
  it('and no preference for who boots nothing', () => {
    expect(optionOf(new Desk6().send('solicit').options, Option6.preference)).toBeUndefined();
  });
  it('tells when to renew and rebind', () => {
    const value = optionOf(new Desk6().send('solicit').options, Option6.iaNa)!;
    expect([value.readUInt32BE(4), value.readUInt32BE(8)]).toEqual([1800, 2880]);
  });
});

it('many clients get as many addresses, none twice, and all again after everybody left', () => {
  const desk = new Desk6({ range: ['fd00::1000', 'fd00::13e7'] });
  const mac = (i: number) =>
    `52:54:00:01:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
  const first = Array.from({ length: 1000 }, (_, i) => desk.lease({ mac: mac(i) }).associations[0]);
  expect(new Set(first).size).toBe(1000);
  expect(desk.lease({ mac: mac(1000) }).kind).toBe('refused');
  desk.wait(3601);
  const second = Array.from({ length: 1000 }, (_, i) => desk.lease({ mac: mac(2000 + i) }).associations[0]);
  expect(new Set(second)).toEqual(new Set(first));
  expect(ipv6Text(desk.table.at(0xfd00_0000_0000_0000_0000_0000_0000_1000n)!.address)).toBe('fd00::1000');
});
