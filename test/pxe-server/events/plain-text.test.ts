import { describe, expect, it } from 'vitest';
import { plainText } from '../../../pxe-server/events/plain-text.ts';

const TOKEN = '0123456789abcdef'.repeat(2);

describe('plainText', () => {
  it.each([
    ['a token', `token ${TOKEN}`, 'token [token]'],
    ['a token in a URL', `GET /k/${TOKEN}?x=1`, 'GET /k/[token]?x=1'],
    ['a token after an underscore', `token_${TOKEN}_`, 'token_[token]_'],
    ['a token in capitals', TOKEN.toUpperCase(), '[token]'],
    ['several tokens', `${TOKEN},${TOKEN}`, '[token],[token]'],
    ['an image id', '0123456789abcdef', '0123456789abcdef'],
    ['a digest', TOKEN.repeat(2), TOKEN.repeat(2)],
    ['a UUID', '4c4c4544-0042-4a10-8054-b4c04f4d4e31', '4c4c4544-0042-4a10-8054-b4c04f4d4e31'],
    ['a terminal escape', 'a\u001b[2Jb\u0007\u009b31m', 'a\ufffd[2Jb\ufffd\ufffd31m'],
    ['several lines', 'one\r\ntwo\u2028three\tfour', 'one two three four'],
    ['marks that reorder', 'a\u202egpj.exe\u2066', 'a\ufffdgpj.exe\ufffd'],
    ['other scripts', 'Gerät 机器 🙂', 'Gerät 机器 🙂'],
    ['half a character', 'a\ud83d', 'a\ufffd'],
    ['nothing', '', ''],
  ])('%s', (_what, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });
  it('keeps 1000 characters and cuts none in two', () => {
    expect(plainText('x'.repeat(1001))).toHaveLength(1000);
    expect(plainText(`${'x'.repeat(999)}🙂`)).toBe(`${'x'.repeat(999)}\ufffd`);
  });
  it('masks before it cuts: half a token is never left', () => {
    expect(plainText(`${'x'.repeat(980)} ${TOKEN}`)).not.toMatch(/[0-9a-f]{8}/);
  });
});
