import { describe, expect, it } from 'vitest';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { explainDocument, explanationText } from '../../../pxe-server/kickstart/explain/explain.ts';
import { findingText, linesOf } from '../../../pxe-server/kickstart/text/excerpt.ts';
import { maskSecrets, maskText } from '../../../pxe-server/kickstart/text/secrets.ts';
import { refuseInvalid } from '../../../pxe-server/render/kickstart.ts';

const HASH = `$6$salt$${'h'.repeat(86)}`;
const TOKEN = '0123456789abcdef0123456789abcdef';

describe('a line is shown without', () => {
  it.each([
    ['the password of root', 'rootpw hunter2'],
    ['a hash', `rootpw --iscrypted ${HASH}`],
    ['a hash in quotes', `rootpw --iscrypted '${HASH}'`],
    ['a password with a blank in it', 'rootpw "hunter2 hunter2"'],
    ['that of a mistyped command', 'rootpwd hunter2'],
    ['a user’s', 'user --name=a --password=hunter2'],
    ['a user’s, as a word of its own', 'user --name=a --password hunter2'],
    ['a user’s, in quotes', 'user --name=a --password="hunter2 a"'],
    ['one whose option is cut short', 'user --name=a --pass=hunter2'],
    ['one whose option is mistyped', 'user --name=a --pasword=hunter2'],
    ['a passphrase', 'autopart --encrypted --passphrase=hunter2'],
    ['one whose quote does not end', 'autopart --encrypted --passphrase="hunter2'],
    ['one of root, whose quote does not end', 'rootpw "hunter2'],
    ['the password of a URL', 'url --url=http://me:hunter2@mirror.example.com/x'],
    ['the password of a proxy', 'liveimg --url=http://x/ --proxy=http://me:hunter2@proxy:3128'],
    ['a token of the kernel’s', 'bootloader --append="quiet rackhand.token=hunter2 x"'],
    ['a token of a URL', `%include http://192.0.2.1/k?token=hunter2`],
    ['a hash in a script', `echo 'root:${HASH}' | chpasswd -e`],
    [
      'a password of iSCSI',
      'iscsi --ipaddr=192.0.2.1 --user=a --password=hunter2 --reverse-password hunter2',
    ],
    ['a key', 'rhsm --organization=o --activation-key=hunter2'],
  ])('%s', (_what, line) => {
    const masked = maskSecrets(line);
    expect(masked).toHaveLength(line.length);
    expect(masked).not.toMatch(/hunter2|hhhh/);
  });
  it('a one-time token in the path of a URL', () => {
    expect(maskSecrets(`curl http://192.0.2.1/callback/${TOKEN}`)).toBe(
      `curl http://192.0.2.1/callback/${'*'.repeat(32)}`,
    );
  });
  it('a one-time token in a header', () => {
    expect(maskSecrets(`header = "Authorization: Bearer ${TOKEN}"`)).toBe(
      `header = "Authorization: Bearer ${'*'.repeat(32)}"`,
    );
  });
  it.each([
    `liveimg --url=http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs --checksum=${'0a'.repeat(32)}`,
    'part / --size=4096 --passno=1 # --password=',
    'user --name=a --lock --groups=wheel',
    'sshkey --username=root "ssh-ed25519 AAAA me@example.com"',
    'url --url=http://mirror.example.com:8080/x',
  ])('nothing: %s', (line) => expect(maskSecrets(line)).toBe(line));
  it('in time, however long it is', () => {
    const started = performance.now();
    for (const piece of [
      '$6$',
      'token=',
      'http://',
      'http://a:',
      '/',
      '--password ',
      '"',
      '0123456789abcdef',
    ])
      maskSecrets(piece.repeat(100_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

/** Lines that are wrong where the secret is: what is said quotes the word. */
const WRONG: [string, string][] = [
  ['a word too many', 'rootpw hunter2 hunter2b'],
  ['an option that is none', 'rootpw --hunter=1 hunter2'],
  ['a URL that is none', 'url --url=me:hunter2@mirror/x'],
  ['a proxy that is none', 'liveimg --url=http://x/ --proxy="http://me:hunter2@p roxy"'],
  ['a hash that is none', 'rootpw --iscrypted hunter2'],
  ['a password in clear', 'user --name=a --plaintext --password=hunter2'],
  ['a quote that does not end', 'rootpw "hunter2'],
  ['a number that is none', 'autopart --passphrase hunter2 --pbkdf-time=x'],
];
describe.each(WRONG)('what is wrong with %s', (_what, line) => {
  const text = `${line}\n`;
  it('is told without it', () => {
    const { findings } = checkKickstart(text, { release: 'el9' });
    expect(findings.length).toBeGreaterThan(0);
    const lines = new Map([['-', linesOf(text)]]);
    const told = findings
      .map((finding) => `${JSON.stringify(finding)}${findingText(finding, lines)}`)
      .join('');
    expect(told).not.toContain('hunter2');
  });
  it('is told without it, too, when a host is not served', () => {
    let message = '';
    try {
      refuseInvalid(text, 'own.ks.njk', 'node1', 'el9');
    } catch (error) {
      message = JSON.stringify([(error as Error).message, (error as { mend: string }).mend]);
    }
    expect(message).not.toContain('hunter2');
  });
});

it('what a kickstart would do is told without what its URLs carry', () => {
  const text =
    'url --url=http://me:hunter2@mirror.example.com/x\nrepo --name=a --baseurl=http://me:hunter2@m/\n';
  const { document } = checkKickstart(text, { release: 'el9' });
  const told = explanationText(explainDocument(document));
  expect(told).toContain('mirror.example.com');
  expect(told).not.toContain('hunter2');
});
it('of several lines each is looked at', () => {
  expect(maskText('rootpw hunter2\nlang en_US\nrootpw hunter2')).toBe(
    'rootpw *******\nlang en_US\nrootpw *******',
  );
});
