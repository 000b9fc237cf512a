import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Templates } from '../../../pxe-server/render/template.ts';

const render = (text: string, context = {}) => new Templates(new Map([['t', text]])).render('t', context);

describe('templates', () => {
  it.each([
    ['{{ missing }}'],
    ['{% if missing %}x{% endif %}'],
    ['{% for x in missing %}x{% endfor %}'],
    ['{{ "a" ~ missing }}'],
    ['{% set a = missing %}'],
    ['{{ range(missing) }}'],
    ['{{ host | shell(missing) }}'],
  ])('an undefined variable is an error: %s', (text) => {
    expect(() => render(`ok\n${text}`, { host: 'h' })).toThrow(
      expect.objectContaining({ code: 'template-undefined', message: expect.stringContaining('line 2') }),
    );
  });
  it('a missing member is an error', () => {
    expect(() => render('{{ host.nam }}', { host: { name: 'h' } })).toThrow(
      expect.objectContaining({ code: 'template-failed' }),
    );
  });
  it.each([
    [`{{ "".constructor.constructor("return 1")() }}`],
    ['{{ host["__proto__"] }}'],
    ['{{ host["con" ~ "structor"] }}'],
    ['{% include host %}'],
  ])('access that leads to code is refused: %s', (text) => {
    expect(() => render(text, { host: 'h' })).toThrow(expect.objectContaining({ code: 'template-refused' }));
  });
  it('quotes for the shell and refuses line breaks', () => {
    expect(render('{{ v | shell }}', { v: "it's; rm" })).toBe(`'it'\\''s; rm'`);
    expect(() => render('{{ v | shell }}', { v: 'a\n%post' })).toThrow(/line break/);
  });
  it('an absent template names those that exist', () => {
    expect(() => new Templates(new Map([['a', '']])).render('../a', {})).toThrow(
      expect.objectContaining({ code: 'template-absent', mend: 'known templates: a' }),
    );
  });
  it('the shipped kickstart, literally', () => {
    const folder = join(import.meta.dirname, '../../../kickstarts');
    const texts = new Map(
      (readdirSync(folder, { recursive: true }) as string[])
        .filter((f) => f.endsWith('.njk'))
        .map((f) => [f, readFileSync(join(folder, f), 'utf8')]),
    );
    const text = new Templates(texts).render('install.ks.njk', {
      host: { name: 'node1' },
      image: { id: 'abc', rootfs: 'http://192.0.2.1/images/abc/rootfs.squashfs', sha256: 'f00' },
      sshKeys: ['ssh-ed25519 AAAA admin'],
      kernelArguments: 'console=ttyS0,115200',
    });
    expect(text).toBe(`# Rackhand: installs the image abc on host node1
text
reboot
lang en_US.UTF-8
keyboard us
timezone Etc/UTC --utc
network --bootproto=dhcp --device=link --activate --hostname='node1'
rootpw --lock
sshkey --username=root 'ssh-ed25519 AAAA admin'
zerombr
clearpart --all --initlabel --disklabel=gpt
autopart --type=thinp
bootloader --append='console=ttyS0,115200'
liveimg --url='http://192.0.2.1/images/abc/rootfs.squashfs' --checksum='f00'
`);
  });
});
