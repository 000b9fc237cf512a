import { describe, expect, it } from 'vitest';
import {
  checkFile,
  formatPublicKey,
  keyId,
  keyLine,
  parsePublicKey,
  signFile,
} from '../../../builder/evidence/signature.ts';
import { testSigner } from './signer.ts';

const signer = testSigner(1);
const stranger = testSigner(2);
const content = Buffer.from('{"schema":2}\n');
const signature = signFile(content, signer, 'image 0123456789abcdef recipe lab');

/** Made by minisign 0.11: minisign -G -W, minisign -S -t 'a trusted word', and -S -l for the older algorithm. */
const TOOL = {
  key: 'untrusted comment: minisign public key CDE39F2358A6F1D4\nRWTU8aZYI5/jzZlr7jtlc4wG6oFQG3tT5WItgUwIrwX8mrTOJiRCeixs\n',
  content: Buffer.from('hello\n'),
  signature: [
    'untrusted comment: signature from minisign secret key',
    'RUTU8aZYI5/jzQBtu5gRvnKnf2yJdfipBS7X3Iz3/Tf/AvHPt+Ogq7zpf4yCrqCqACfw8cleabb+wti49orU0RmJItBByLwOmwU=',
    'trusted comment: a trusted word',
    '1e/bm+g6PoS+jA2nlfauupHF2L1E3+gE8GLfrZ6jotOC2Q7M0ApGnj9BuddEayjugZBfEMD8jwuglOx/Su7YBg==',
    '',
  ].join('\n'),
  older: [
    'untrusted comment: signature from minisign secret key',
    'RWTU8aZYI5/jzdz7TORAL2hH0vt5/XDnmPF30BYJL+cDDDwXqEV/eveQvUhBBvzjPV/xA/BhmgZekYqsoGvZinZy4tF7PoRsEwM=',
    'trusted comment: timestamp:1795673587\tfile:f',
    'C1hAGd7EPg9s428Ip4jDqFNp14HtC4TNJd6ul1QvQSnngBlqcIZexRhXuU3C7oAJWOG4ZGFxVvcKY4sUSpthAw==',
    '',
  ].join('\n'),
};

describe('a signature', () => {
  it('is the same in each run, for the same key, content and comment', () => {
    expect(signature).toBe(
      [
        `untrusted comment: signature by key ${keyId(signer)}`,
        'RUQ0dQ+YvVn8/MGKX2bdTDqIAEyLDKuv7BAQpR3FEBRC57+yiOK8RSTsMHbt4ViSqCtjvNDHr/Jk7FR4fb4prHDSpLVQheRhpgU=',
        'trusted comment: image 0123456789abcdef recipe lab',
        'GTxJWkc00YSP9Ziw3nNXom1Ssq7L1UyRrgVrT1WzeChmwklVCXIenR1XpkvmiydYmuYm85fWcxwoQ6QPNidQDA==',
        '',
      ].join('\n'),
    );
  });
  it('of minisign itself is good', () => {
    const by = parsePublicKey(TOOL.key, 'a.pub');
    expect(keyId(by)).toBe('CDE39F2358A6F1D4');
    expect(formatPublicKey(by)).toBe(TOOL.key);
    const comment = 'a trusted word';
    expect(checkFile(TOOL.content, TOOL.signature, [signer, by])).toEqual({ result: 'good', by, comment });
  });
  it('over the content itself, as older versions made them, is none of ours', () => {
    const by = parsePublicKey(TOOL.key, 'a.pub');
    expect(checkFile(TOOL.content, TOOL.older, [by])).toEqual({ result: 'malformed' });
  });

  const good = { result: 'good', by: signer, comment: 'image 0123456789abcdef recipe lab' };
  const wrong = (what: string) => ({ result: 'wrong', by: signer, what });
  const lines = signature.split('\n');
  const withLine = (at: number, line: string) => lines.map((own, i) => (i === at ? line : own)).join('\n');
  const other = signFile(content, signer, 'another').split('\n');
  it.each<[what: string, content: Buffer, signature: string, result: unknown]>([
    ['as it was made', content, signature, good],
    ['with another untrusted comment', content, withLine(0, 'untrusted comment: x'), good],
    ['with line ends of Windows', content, signature.replaceAll('\n', '\r\n'), good],
    ['of other content', Buffer.from('{"schema":2} \n'), signature, wrong('content')],
    ['of no content', Buffer.alloc(0), signature, wrong('content')],
    ['with another trusted comment', content, withLine(2, 'trusted comment: x'), wrong('comment')],
    ["with another one's last line", content, withLine(3, other[3]!), wrong('comment')],
    ['with its first line gone', content, lines.slice(1).join('\n'), { result: 'malformed' }],
    ['cut off', content, lines.slice(0, 3).join('\n'), { result: 'malformed' }],
    ['with a byte more', content, withLine(1, `${lines[1]}AAAA`), { result: 'malformed' }],
    ['that is no base64', content, withLine(1, '!'), { result: 'malformed' }],
    ['that is empty', content, '', { result: 'malformed' }],
    ['of a page of another server', content, '<html>404</html>\n', { result: 'malformed' }],
  ])('%s', (_, given, text, result) => {
    expect(checkFile(given, text, [stranger, signer])).toEqual(result);
  });
  it('by a key that nobody trusts names that key', () => {
    expect(checkFile(content, signature, [stranger])).toEqual({ result: 'stranger', id: keyId(signer) });
    expect(checkFile(content, signature, [])).toEqual({ result: 'stranger', id: keyId(signer) });
  });
  it('by a key that only has the number of a trusted one is wrong', () => {
    const impostor = { ...stranger, number: signer.number };
    const forged = signFile(content, impostor, 'image');
    expect(checkFile(content, forged, [signer])).toEqual(wrong('content'));
  });
});

describe('a public key', () => {
  it.each([
    ['file', formatPublicKey(signer)],
    ['file of Windows', formatPublicKey(signer).replaceAll('\n', '\r\n')],
    ['line', keyLine(signer)],
    ['line with its end', `${keyLine(signer)}\n`],
  ])('is read from its %s', (_, text) => {
    const read = parsePublicKey(text, 'x');
    expect(read.number).toEqual(signer.number);
    expect(read.key.equals(signer.key)).toBe(true);
  });
  it.each(['', 'RW', keyLine(signer).slice(0, -4), keyLine(signer).replace('RW', 'RU'), signature])(
    '%j is none',
    (text) => {
      expect(() => parsePublicKey(text, 'a.pub')).toThrow('a.pub is no public key of minisign');
    },
  );
});
