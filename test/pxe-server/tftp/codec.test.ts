import { describe, expect, it } from 'vitest';
import { decode, error, optionAck, writeDataHeader } from '../../../pxe-server/tftp/codec.ts';
import { seeded } from '../../shared/random.ts';
import { ack, clientError, parse, randomPacket, readRequest, writeRequest } from './wire.ts';

describe('what a client sends', () => {
  it('a read request with options', () => {
    expect(decode(readRequest('a/b.efi', { tsize: '0', blksize: '1468' }))).toEqual({
      kind: 'read',
      file: 'a/b.efi',
      mode: 'octet',
      options: new Map([
        ['tsize', '0'],
        ['blksize', '1468'],
      ]),
    });
  });
  it('as OVMF writes it', () => {
    const bytes = Buffer.from(
      '0001736e706f6e6c792e656669006f63746574007473697a65003000626c6b73697a65003134363800' +
        '77696e646f7773697a65003400',
      'hex',
    );
    const packet = decode(bytes);
    expect(packet).toMatchObject({ kind: 'read', file: 'snponly.efi', mode: 'octet' });
    expect([...(packet as { options: Map<string, string> }).options]).toEqual([
      ['tsize', '0'],
      ['blksize', '1468'],
      ['windowsize', '4'],
    ]);
  });
  it('names of options and modes in any letter case (RFC 2347)', () => {
    expect(decode(readRequest('x', { BlkSize: '512', TSIZE: '0' }, 'OcTeT'))).toMatchObject({
      mode: 'octet',
      options: new Map([
        ['blksize', '512'],
        ['tsize', '0'],
      ]),
    });
  });
  it('an option that is there twice counts once: the first', () => {
    const bytes = Buffer.from('\0\x01x\0octet\0blksize\x00512\0BLKSIZE\x001024\0', 'latin1');
    expect(decode(bytes)).toMatchObject({ options: new Map([['blksize', '512']]) });
  });
  it('a name of an option without a value, and padding with NUL, say nothing', () => {
    const bytes = Buffer.from('\0\x01x\0octet\0tsize\x000\0blksize\0', 'latin1');
    expect(decode(bytes)).toMatchObject({ options: new Map([['tsize', '0']]) });
    const padded = Buffer.concat([readRequest('x', { tsize: '0' }), Buffer.alloc(40)]);
    expect(decode(padded)).toMatchObject({ options: new Map([['tsize', '0']]) });
  });
  it('write request, acknowledgements and errors', () => {
    expect(decode(writeRequest('x'))).toEqual({ kind: 'write', file: 'x' });
    for (const block of [0, 1, 255, 256, 65535]) expect(decode(ack(block))).toEqual({ kind: 'ack', block });
    expect(decode(clientError(8, 'user aborted'))).toEqual({
      kind: 'error',
      code: 8,
      message: 'user aborted',
    });
  });
  it('an error text without NUL, with bytes that are no text, or with none at all', () => {
    expect(decode(Buffer.from('000500004e6f', 'hex'))).toMatchObject({ message: 'No' });
    expect(decode(Buffer.from('00050000410a1b5b31006d00', 'hex'))).toMatchObject({ message: 'A??[1' });
    expect(decode(Buffer.from('00050000', 'hex'))).toMatchObject({ message: '' });
    const long = decode(clientError(0, 'x'.repeat(5000))) as { message: string };
    expect(long.message).toHaveLength(256);
  });
});

describe('what is not taken', () => {
  it.each([
    ['nothing', ''],
    ['one byte', '00'],
    ['an operation alone', '0001'],
    ['an acknowledgement cut short', '000401'],
    ['data: nobody sends files here', '0003000141'],
    ['options: only servers send them', '0006626c6b73697a65003800'],
    ['operation 0', '00000000'],
    ['operation 256', '01000000'],
    ['no last NUL', '0001780078'],
    ['no mode', '0001787800'],
    ['an empty name', '0001006f6374657400'],
  ])('%s', (_what, hex) => {
    expect(decode(Buffer.from(hex, 'hex'))).toHaveProperty('malformed');
  });
  it.each(['a\nb', 'a\x1b[2J', 'a\x7f', 'ü', 'x'.repeat(513)])('the name %j', (name) => {
    expect(decode(readRequest(name))).toHaveProperty('malformed');
  });
  it('a request longer than any loader writes', () => {
    expect(decode(readRequest('x', { o: 'y'.repeat(1100) }))).toEqual({ malformed: 'request of 1113 bytes' });
  });
  it('names that try to be paths are names like any other', () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', '..\\..\\boot.ini', '__proto__', 'file:///x'])
      expect(decode(readRequest(name))).toMatchObject({ kind: 'read', file: name });
  });
});

describe('what the server sends', () => {
  it('data, with the block number cut to 16 bits', () => {
    const payload = Buffer.from('payload');
    const data = (block: number, bytes: Buffer) => {
      const packet = Buffer.concat([Buffer.alloc(5, 'x'), bytes]);
      writeDataHeader(packet, 1, block);
      return packet.subarray(1);
    };
    expect(parse(data(1, payload))).toEqual({ kind: 'data', block: 1, payload });
    expect(parse(data(65535, payload))).toMatchObject({ block: 65535 });
    expect(parse(data(65536, payload))).toMatchObject({ block: 0 });
    expect(parse(data(131073, Buffer.alloc(0)))).toEqual({
      kind: 'data',
      block: 1,
      payload: Buffer.alloc(0),
    });
  });
  it('options and errors', () => {
    const options = new Map([
      ['blksize', '1468'],
      ['tsize', '62000000'],
    ]);
    expect(parse(optionAck(options))).toEqual({
      kind: 'options',
      options: { blksize: '1468', tsize: '62000000' },
    });
    expect(optionAck(options).toString('hex')).toBe(
      '0006626c6b73697a650031343638007473697a650036323030303030' + '3000',
    );
    expect(parse(error(1, 'not found'))).toEqual({ kind: 'error', code: 1, message: 'not found' });
  });
});

it('every prefix of a request is taken or refused, never more than what was there', () => {
  const whole = readRequest('images/0123456789abcdef/vmlinuz', { blksize: '1408', tsize: '0' });
  for (let length = 0; length <= whole.length; length++) {
    const packet = decode(whole.subarray(0, length));
    if ('malformed' in packet) continue;
    expect(packet).toMatchObject({ kind: 'read', file: 'images/0123456789abcdef/vmlinuz' });
    expect(whole[length - 1]).toBe(0);
  }
});

it('10,000 random packets: no exception, and nothing but printable text in what was taken', () => {
  const random = seeded(1350);
  const seen = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const bytes = randomPacket(random);
    const before = bytes.toString('hex');
    const packet = decode(bytes);
    const kind = 'malformed' in packet ? 'malformed' : packet.kind;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    if (kind === 'read' || kind === 'write')
      expect((packet as { file: string }).file).toMatch(/^[\x20-\x7e]{1,512}$/);
    if (kind === 'error') expect((packet as { message: string }).message).toMatch(/^[\x20-\x7e]{0,256}$/);
    expect(bytes.toString('hex')).toBe(before);
  }
  expect([...seen.keys()].sort()).toEqual(['ack', 'error', 'malformed', 'read', 'write']);
});
