import { describe, expect, it } from 'vitest';
import { Desk } from './desk.ts';
import { macOf } from './packets.ts';

const [A, B, C, D] = [1, 2, 3, 4].map(macOf) as [string, string, string, string];

describe('DECLINE', () => {
  const declined = { requested: '198.51.100.10', server: '198.51.100.1' };
  it('puts the address aside for ten minutes, on disk too', () => {
    const desk = new Desk();
    desk.lease(A);
    expect(desk.send('decline', { mac: A, ...declined })).toMatchObject({
      kind: 'decline',
      why: 'declined 198.51.100.10: another machine answers there; it stays unused for ten minutes',
    });
    expect(desk.lease(A).address).toBe('198.51.100.11');
    desk.restart();
    expect(desk.send('discover', { mac: B, requested: '198.51.100.10' }).address).toBe('198.51.100.12');
    expect(desk.send('discover', { mac: C }).kind).toBe('refused');
    desk.wait(599);
    expect(desk.send('discover', { mac: D, requested: '198.51.100.10' }).address).not.toBe('198.51.100.10');
    desk.wait(1);
    expect(desk.send('discover', { mac: C, requested: '198.51.100.10' }).address).toBe('198.51.100.10');
  });
  it('of an offer: some clients probe before they ask', () => {
    const desk = new Desk();
    desk.send('discover', { mac: A });
    expect(desk.send('decline', { mac: A, ...declined }).kind).toBe('decline');
  });
  it('the client itself does not get it back either', () => {
    const desk = new Desk();
    desk.lease(A);
    desk.send('decline', { mac: A, ...declined });
    expect(desk.send('request', { mac: A, requested: '198.51.100.10' }).kind).toBe('nak');
    expect(desk.send('discover', { mac: A, requested: '198.51.100.10' }).address).toBe('198.51.100.11');
  });
  it('of a reserved address leaves its machine without one for that time', () => {
    const desk = new Desk({ reserved: { [A]: '198.51.100.10' } });
    desk.lease(A);
    desk.send('decline', { mac: A, ...declined });
    expect(desk.send('discover', { mac: A })).toEqual({
      kind: 'refused',
      why: 'its reserved address 198.51.100.10 answers elsewhere too',
    });
    desk.wait(600);
    expect(desk.lease(A).address).toBe('198.51.100.10');
  });
  it.each([
    ["another's address", { mac: B, ...declined }],
    ['an address that nobody has', { mac: B, requested: '198.51.100.12' }],
    ['no address', { mac: A }],
    ['to another server', { mac: A, requested: '198.51.100.10', server: '198.51.100.2' }],
  ])('means nothing: %s', (_name, parts) => {
    const desk = new Desk();
    desk.lease(A);
    expect(desk.send('decline', parts).kind).toBe('silent');
    expect(desk.state('198.51.100.10')).toBe(`bound ${A}`);
  });
  it('of an address that was given back means nothing', () => {
    const desk = new Desk();
    desk.lease(A);
    desk.send('release', { mac: A, ciaddr: '198.51.100.10' });
    expect(desk.send('decline', { mac: A, ...declined }).kind).toBe('silent');
  });
});

describe('RELEASE', () => {
  it('gives the address back, on disk too', () => {
    const desk = new Desk({ ranges: [['198.51.100.10', '198.51.100.10']] });
    desk.lease(A);
    const release = { mac: A, ciaddr: '198.51.100.10', server: '198.51.100.1' };
    expect(desk.send('release', release)).toEqual({ kind: 'release', why: 'released 198.51.100.10' });
    desk.restart();
    expect(desk.lease(B).address).toBe('198.51.100.10');
    expect(desk.send('release', release).kind).toBe('silent');
    expect(desk.state('198.51.100.10')).toBe(`bound ${B}`);
  });
  it.each([
    ["another's address", { mac: B, ciaddr: '198.51.100.10' }],
    ['an address that nobody has', { mac: A, ciaddr: '198.51.100.12' }],
    ['no address', { mac: A }],
    ['to another server', { mac: A, ciaddr: '198.51.100.10', server: '198.51.100.2' }],
  ])('means nothing: %s', (_name, parts) => {
    const desk = new Desk();
    desk.lease(A);
    expect(desk.send('release', parts).kind).toBe('silent');
    expect(desk.state('198.51.100.10')).toBe(`bound ${A}`);
  });
  it('of an offer means nothing', () => {
    const desk = new Desk();
    desk.send('discover', { mac: A });
    expect(desk.send('release', { mac: A, ciaddr: '198.51.100.10' }).kind).toBe('silent');
  });
});

describe('INFORM', () => {
  it('is answered without a lease', () => {
    const desk = new Desk();
    const told = desk.send('inform', { mac: A, ciaddr: '198.51.100.77' });
    expect(told).toMatchObject({ kind: 'inform', reply: { type: 'ack', yiaddr: 0 } });
    expect(desk.table.size).toBe(0);
  });
});

describe('port 4011', () => {
  const boot = { kind: 'file' as const, nextServer: '198.51.100.1', bootFile: 'snponly.efi' };
  it.each(['discover', 'request', 'inform'] as const)('a %s gets its boot file and no lease', (type) => {
    const desk = new Desk({ boot });
    expect(desk.sendProxy(type, { mac: A })).toMatchObject({
      kind: 'proxy',
      why: 'boot file again on port 4011: snponly.efi',
      reply: { type: 'ack', yiaddr: 0, file: 'snponly.efi' },
    });
    expect(desk.table.size).toBe(0);
  });
  it.each(['release', 'decline', 'offer', 'ack', 'nak'] as const)('a %s gets no answer', (type) => {
    expect(new Desk({ boot }).sendProxy(type, { mac: A })).toEqual({
      kind: 'silent',
      why: 'asks for no boot file',
    });
  });
  it('a machine with nothing to boot gets no answer', () => {
    expect(new Desk().sendProxy('request', { mac: A }).kind).toBe('silent');
  });
});

it.each(['offer', 'ack', 'nak'] as const)('an %s from a client gets no answer', (type) => {
  expect(new Desk().send(type, { mac: A })).toEqual({ kind: 'silent', why: `a server's message: ${type}` });
});
