import type { Logger } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { answer } from '../../../pxe-server/dhcp/exchange.ts';
import { type DhcpEvent, Reports } from '../../../pxe-server/dhcp/reports.ts';
import { Desk } from './desk.ts';
import { message } from './packets.ts';

let events: DhcpEvent[];
let lines: unknown[];
let reports: Reports;
beforeEach(() => {
  events = [];
  lines = [];
  const log = {
    debug: () => undefined,
    error: (fields: object, text: string) => lines.push({ ...fields, text }),
  } as unknown as Logger;
  reports = new Reports((event) => events.push(event), log);
});

const MAC = '52:54:00:00:00:01';
const discover = message('discover');
const refused = { kind: 'refused' as const, message: 'no free address' };

describe('events', () => {
  it('name machine, address and what happened', () => {
    const desk = new Desk();
    const tell = (type: 'discover' | 'request' | 'decline' | 'inform', parts: object) => {
      const packet = message(type, parts);
      reports.outcome(packet, answer(desk.exchange(packet, 0)), 0);
    };
    tell('discover', {});
    tell('request', { requested: '198.51.100.10', server: '198.51.100.1' });
    tell('request', { requested: '10.0.0.1' });
    tell('decline', { requested: '198.51.100.10', server: '198.51.100.1' });
    tell('inform', { ciaddr: '198.51.100.77' });
    tell('request', {});
    const address = '198.51.100.10';
    expect(events).toEqual([
      { kind: 'offer', mac: MAC, address, message: 'offered 198.51.100.10' },
      { kind: 'ack', mac: MAC, address, message: 'leased 198.51.100.10' },
      { kind: 'nak', mac: MAC, message: 'refused 10.0.0.1: that address is not of this network' },
      { kind: 'decline', mac: MAC, address, message: expect.stringContaining('declined 198.51.100.10') },
      { kind: 'inform', mac: MAC, address: '198.51.100.77', message: 'configuration asked for and given' },
    ]);
  });
  it('a lease that was not written', () => {
    reports.notWritten(discover, new Error('disk full'), 0);
    expect(events).toEqual([
      {
        kind: 'failed',
        mac: MAC,
        message: 'lease not written (disk full): no answer given; check the disk of the state folder',
      },
    ]);
  });
});

describe('floods', () => {
  it('500 events a second are told, the rest are counted', () => {
    for (let i = 0; i < 10_000; i++) reports.outcome(discover, refused, 5_000_000 + (i % 1000));
    expect(events).toHaveLength(501);
    reports.stop();
    expect(events.slice(500)).toEqual([
      { kind: 'flood', message: '1 more DHCP event(s) than can be told, the last: no free address' },
      { kind: 'flood', message: '9499 more DHCP event(s) than can be told, the last: no free address' },
    ]);
  });
  it('the next second is told again', () => {
    for (let i = 0; i < 600; i++) reports.outcome(discover, refused, 5_000_000);
    reports.outcome(discover, refused, 5_001_000);
    expect(events.at(-1)).toMatchObject({ kind: 'refused' });
    reports.stop();
  });
  it('malformed packets are one event now and then', () => {
    for (let i = 0; i < 10_000; i++) reports.malformed('no DHCP cookie', '198.51.100.9');
    reports.stop();
    expect(events.map((event) => event.message)).toEqual([
      '1 malformed DHCP packet(s), the last: no DHCP cookie, from 198.51.100.9',
      '9999 malformed DHCP packet(s), the last: no DHCP cookie, from 198.51.100.9',
    ]);
  });
  it('lines of the log likewise, and a packet that breaks something is shown', () => {
    for (let i = 0; i < 1000; i++) reports.notSent('ENETUNREACH', 0x0a000001);
    reports.notHandled(new TypeError('a defect'), Buffer.alloc(60_000, 0xab));
    reports.stop();
    expect(lines).toEqual([
      { count: 1, text: 'answer to 10.0.0.1 not sent: ENETUNREACH' },
      {
        count: 1000,
        text: expect.stringMatching(/^packet not handled: TypeError: a defect\n[\s\S]*; (ab){1200}$/),
      },
    ]);
  });
});
