import { expect, it } from 'vitest';
import { decode } from '../../../../pxe-server/dhcp/codec.ts';
import { KnownServers } from '../../../../pxe-server/dhcp/foreign/known-servers.ts';
import { Mark } from '../../../../pxe-server/dhcp/foreign/question.ts';
import { readDatagram } from '../../../../pxe-server/net/datagram.ts';

const MINUTE = 60_000;
const mac = Buffer.from('525400000001', 'hex');

it('a server is told once, when it does more than before, when it comes back, and after a day', () => {
  const known = new KnownServers();
  const heard = (faults: number, minutes: number) => known.heard('a', faults, minutes * MINUTE);
  expect(heard(1, 0)).toBe(true);
  expect(heard(1, 10)).toBe(false);
  expect(heard(5, 20)).toBe(true);
  expect(heard(1, 30)).toBe(false);
  expect(heard(4, 40)).toBe(false);
  expect(heard(1, 71)).toBe(true);
  known.round();
  const told = [];
  for (let minute = 81; minute < 71 + 25 * 60; minute += 10) if (heard(1, minute)) told.push(minute);
  expect(told).toEqual([71 + 24 * 60]);
});

it('however many servers somebody invents, few are told between two rounds, and few are remembered', () => {
  const known = new KnownServers();
  const told = (from: number) =>
    Array.from({ length: 1000 }, (_, i) => known.heard(`${from + i}`, 1, 0)).filter(Boolean).length;
  expect(told(0)).toBe(8);
  expect(told(1000)).toBe(0);
  known.round();
  expect(told(2000)).toBe(8);
});

it('our own question is one that firmware could ask, and bears the mark of this server alone', () => {
  const [mark, other] = [new Mark(), new Mark()];
  const datagram = readDatagram(mark.question(mac, 7));
  expect(datagram).toMatchObject({ from: { address: 0, port: 68 }, to: { address: 0xffffffff, port: 67 } });
  const packet = decode(datagram!.payload);
  if ('malformed' in packet) throw new Error(packet.malformed);
  expect(packet).toMatchObject({ op: 1, type: 'discover', broadcast: true, chaddr: mac });
  expect(packet.options.get(60)?.toString()).toBe('PXEClient:Arch:00007:UNDI:003016');
  expect(packet.options.get(97)).toHaveLength(17);
  expect([mark.isOn(packet), other.isOn(packet)]).toEqual([true, false]);
  packet.options.delete(61);
  expect(mark.isOn(packet)).toBe(false);
});
