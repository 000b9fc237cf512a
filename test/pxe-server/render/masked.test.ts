import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { InstallSettings } from '../../../pxe-server/hosts/install/settings.ts';
import { KICKSTART_SHAPE, renderHere, renderKickstart } from '../../../pxe-server/render/kickstart.ts';
import { maskKickstart } from '../../../pxe-server/render/masked.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { HASH, HOSTS } from './hosts.ts';

const short = (text: string) => sha256(text).slice(0, 8);

describe('a kickstart as people may see it', () => {
  const said = {
    root: { passwordHash: HASH },
    scripts: [
      { when: 'post', text: "curl -u me:hush 'http://a'\nls\n" },
      { when: 'post', text: 'ls' },
      { when: 'post', text: '\n' },
    ],
  };
  const install = InstallSettings.parse(said);
  it.each([
    ['a hash that was declared', `rootpw --iscrypted ${HASH}`, `rootpw --iscrypted [hash:${short(HASH)}]`],
    ['in quotes', `rootpw --iscrypted '${HASH}' # x`, `rootpw --iscrypted [hash:${short(HASH)}] # x`],
    ['as an option', `user --name=a --password='${HASH}'`, `user --name=a --password=[hash:${short(HASH)}]`],
    ['a hash of the template', 'rootpw --iscrypted $6$a$b', 'rootpw --iscrypted ******'],
    ['a plain password', 'rootpw hunter2', 'rootpw *******'],
    ['a passphrase', 'part / --encrypted --passphrase=hush', 'part / --encrypted --passphrase=****'],
    ['a login', 'url --proxy=http://me:hush@h:1/', 'url --proxy=http://[login]@h:1/'],
    ['a token', `curl http://h/report/${'0a'.repeat(16)}`, 'curl http://h/report/[token]'],
    ['a token of an option', `agent --token=${'0a'.repeat(16)} x`, 'agent --token=[token] x'],
    ['no digest', `--checksum=${'0a'.repeat(32)}`, `--checksum=${'0a'.repeat(32)}`],
    [
      'a private key',
      '-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----',
      '-----BEGIN EC PRIVATE KEY----- [key] -----END EC PRIVATE KEY-----',
    ],
    ['half a private key', '-----BEGIN PRIVATE KEY-----\nMHc\n', '-----BEGIN PRIVATE KEY----- [key] '],
    [
      'a script of the host',
      "%post\ncurl -u me:hush 'http://a'\nls\n%end",
      `%post\n# [script:${short("curl -u me:hush 'http://a'\nls")}], lines: 2\n%end`,
    ],
    ['empty lines', 'a\n\nb', 'a\n\nb'],
    [
      'a short one where it stands alone',
      '%post\nls\nlsblk\n%end',
      `%post\n# [script:${short('ls')}], lines: 1\nlsblk\n%end`,
    ],
    ['nothing else', 'network --bootproto=dhcp\n\ttext', 'network --bootproto=dhcp\n\ttext'],
  ])('%s', (_what, text, masked) => expect(maskKickstart(text, install)).toBe(masked));
  it('of a host of which nothing is said', () =>
    expect(maskKickstart('rootpw x\n', undefined)).toBe('rootpw *\n'));
});

it('takes no longer for texts that were made to take long', () => {
  const long = [
    'a.'.repeat(1 << 20),
    `rootpw ${'a '.repeat(1 << 20)}`,
    '-----BEGIN PRIVATE KEY-----\n'.repeat(1 << 15),
    'http://'.repeat(1 << 18),
    'rootpw a\n'.repeat(1 << 17),
  ];
  const start = performance.now();
  for (const text of long)
    maskKickstart(text, InstallSettings.parse({ scripts: [{ when: 'pre', text: 'a' }] }));
  expect(performance.now() - start).toBeLessThan(20_000);
});

describe('no secret of any host of the table is left', () => {
  let templates: Templates;
  beforeAll(async () => {
    const texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
    templates = new Templates(texts, KICKSTART_SHAPE);
  });
  it.each(['discovery', 'install', 'kvm', 'rescue', 'wipe'])('by %s', async (template) => {
    let hidden = 0;
    for (const { name, told } of HOSTS) {
      const text = await renderKickstart(renderHere(templates), `${template}.ks.njk`, told);
      const masked = maskKickstart(text, told.host.install);
      const { root, users, scripts, proxy } = told.host.install!;
      const login = /\/\/(.*)@/.exec(proxy ?? '')?.[1];
      const secrets = [
        ...[root.passwordHash, ...users.map(({ passwordHash }) => passwordHash)],
        ...[login, told.self?.token, told.callback?.token],
        ...scripts.map((script) => script.text.trimEnd()),
      ].filter((secret) => secret !== undefined);
      for (const secret of secrets) {
        expect(masked, `${name}: ${secret}`).not.toContain(secret);
        if (text.includes(secret)) hidden++;
      }
      if (secrets.length === 0) expect(masked, name).toBe(text);
    }
    if (template === 'install') expect(hidden).toBeGreaterThan(20);
  });
});
