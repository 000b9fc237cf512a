import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHosts, readTemplates } from '../../../pxe-server/config/files.ts';
import { KICKSTART_SHAPE } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('templates', () => {
  it('of a folder and its folders, by path; nothing but templates', async () => {
    await mkdir(join(folder, 'snippets/folder.njk'), { recursive: true });
    await writeFile(join(folder, 'a.ks.njk'), 'a');
    await writeFile(join(folder, 'README'), 'no');
    await writeFile(join(folder, 'snippets/b.ks.njk'), 'b');
    expect([...(await readTemplates(folder))]).toEqual([
      ['a.ks.njk', 'a'],
      ['snippets/b.ks.njk', 'b'],
    ]);
  });
  it('a folder that is absent or a file, a link that leads nowhere', async () => {
    const absent = join(folder, 'absent');
    await expect(readTemplates(absent)).rejects.toMatchObject({
      code: 'template-absent',
      message: expect.stringContaining(absent),
    });
    await writeFile(absent, '');
    await expect(readTemplates(absent)).rejects.toMatchObject({ code: 'template-absent' });
    await symlink('nowhere', join(folder, 'link.njk'));
    await expect(readTemplates(folder)).rejects.toMatchObject({
      code: 'template-absent',
      message: expect.stringContaining('link.njk'),
    });
  });
  it('the shipped ones pass the trial that a start makes', async () => {
    const texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
    expect(texts.has('install.ks.njk')).toBe(true);
    expect(() => new Templates(texts, KICKSTART_SHAPE).check()).not.toThrow();
  });
});

const OFFER = {
  ...{ images: [], kickstarts: ['install.ks.njk'], installers: [{ name: 'el9' }] },
  ...{ signedLoaders: false, subnets: [], notGiven: [], prefixes: [] },
};

describe('declared hosts', () => {
  const check = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    await checkHosts(join(folder, name), OFFER);
  };
  it('as YAML and as CSV', async () => {
    await check('hosts.yaml', 'hosts:\n  - { name: node1, kickstart: install }\n');
    await check('hosts.csv', 'name,macs,kickstart\nnode1,52:54:00:00:00:01,install.ks.njk\nnode2,,\n');
  });
  it.each<[string, string, string]>([
    ['hosts.yaml', 'hosts:\n  - name: node1\n    mac: x\n', 'hosts.yaml:3: hosts.0: Unrecognized key: "mac"'],
    ['hosts.csv', 'name,macs\nnode1,nonsense\n', 'hosts.csv:2: macs.0: expected a MAC address'],
    ['hosts.yaml', 'hosts: [{ name: a }, { name: a }]\n', 'name a is used by a and a'],
    [
      'hosts.yaml',
      'hosts: [{ name: a, kickstart: other.ks.njk }]\n',
      'hosts.yaml: host a: no kickstart template other.ks.njk',
    ],
    ['hosts.csv', 'name,image\na,other\n', 'hosts.csv: host a: no image other'],
  ])('%s with a fault', async (name, text, expected) => {
    await expect(check(name, text)).rejects.toMatchObject({
      code: 'hosts-invalid',
      message: expect.stringContaining(expected),
    });
  });
  it('a file that is absent', async () => {
    await expect(checkHosts(join(folder, 'absent.yaml'), OFFER)).rejects.toMatchObject({
      code: 'hosts-absent',
    });
  });
});
