import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { addKickstartCommands } from '../../../pxe-server/commands/kickstart.ts';
import { inventoryWith } from '../kickstart/inventory.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-kickstart-'));
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
  file('good.ks', 'rootpw --iscrypted !!\nsshkey --username=root "ssh-ed25519 AAAAAAAAAAAAAAAAAAAAAAAA"\n');
  file('typo.ks', 'rootpw hunter2\npart / --sise=5\n');
  file('nonsense.ks', 'rootpw hunter2\npart / --size=-5\n');
  file('old.ks', 'install\nvnc\n');
  file('including.ks', '%include good.ks\n%include ../outside\n%include link.ks\n');
  symlinkSync('/etc/hostname', join(folder, 'link.ks'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function rackhand(...argv: string[]) {
  const out: string[] = [];
  const told: string[] = [];
  const program = new Command('rackhand').exitOverride();
  addKickstartCommands(
    program,
    (text) => out.push(text),
    (text) => told.push(text),
  );
  const error = await program.parseAsync(['kickstart', ...argv], { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const code = error instanceof RackhandError ? error.code : error === undefined ? undefined : 'other';
  return { out: out.join(''), told: told.join(''), code };
}
const path = (name: string) => join(folder, name);

it('check takes what can be carried out', async () => {
  const { out, code } = await rackhand('check', '--release', 'el9', path('good.ks'));
  expect(out).toBe(`${path('good.ks')}: nothing for EL9\n`);
  expect(code).toBeUndefined();
});
it('check shows the place, the line without its password, and the mend', async () => {
  const { out, code } = await rackhand('check', '--release', 'el9', path('typo.ks'));
  expect(
    out,
  ).toBe(`${path('typo.ks')}:1:8: risk [password-plain]: whoever reads the kickstart reads this password
    1 | rootpw *******
      |        ^^^^^^^
  mend: write --iscrypted and the output of: openssl passwd -6
${path('typo.ks')}:2:8: error [option-unknown]: there is no option --sise here
    2 | part / --sise=5
      |        ^^^^^^^^
  mend: did you mean --size?
${path('typo.ks')}: 1 error, 1 risk for EL9
`);
  expect(code).toBe('kickstart-refused');
});
it('check tells the parser’s word from what can be done', async () => {
  const { out, code } = await rackhand(
    'check',
    '--json',
    '--release',
    'el8',
    path('nonsense.ks'),
    path('good.ks'),
  );
  const { files, release } = JSON.parse(out);
  expect(release).toBe('el8');
  expect(files.map((f: { accepted: boolean; refused: boolean }) => [f.accepted, f.refused])).toEqual([
    [true, true],
    [true, false],
  ]);
  expect(files[0].findings[1]).toMatchObject({
    code: 'number-outside',
    place: { line: 2, column: 8, end: 17 },
  });
  expect(code).toBe('kickstart-refused');
  expect(
    (await rackhand('check', '--language', '--release', 'el8', path('nonsense.ks'))).code,
  ).toBeUndefined();
});
it('--strict fails for a risk', async () => {
  writeFileSync(path('risk.ks'), 'rootpw hunter2\n');
  expect((await rackhand('check', '--release', 'el9', path('risk.ks'))).code).toBeUndefined();
  expect((await rackhand('check', '--strict', '--release', 'el9', path('risk.ks'))).code).toBe(
    'kickstart-refused',
  );
});
it('%include takes files of its folder and no others', async () => {
  const { out } = await rackhand(
    'check',
    '--json',
    '--include',
    folder,
    '--release',
    'el9',
    path('including.ks'),
  );
  const told = JSON.parse(out).files[0].findings.map((f: { code: string; place: { line: number } }) => [
    f.place.line,
    f.code,
  ]);
  expect(told).toEqual([
    [2, 'include-absent'],
    [3, 'include-absent'],
  ]);
});
it('migrate writes the text, and tells what it did beside it', async () => {
  const { out, told, code } = await rackhand('migrate', '--to', 'el10', path('old.ks'));
  expect(out).toBe('# not in EL10:\n# vnc\n');
  expect(told).toContain(`${path('old.ks')}:1: change: install taken away`);
  expect(told).toContain('el8 to el10: 1 changes, 1 to decide');
  expect(code).toBeUndefined();
});
it('migrate fails while the release does not take what came out', async () => {
  const { told, code } = await rackhand('migrate', '--to', 'el10', path('typo.ks'));
  expect(told).toContain('as it is now, ');
  expect(code).toBe('kickstart-refused');
});
it('explain tells of what can be read, and points to check otherwise', async () => {
  expect((await rackhand('explain', path('good.ks'))).out).toContain('root: 1 key for SSH');
  expect((await rackhand('explain', path('typo.ks'))).code).toBe('kickstart-refused');
});
it('plan prints the steps for one machine, or why there are none', async () => {
  writeFileSync(path('machine.json'), JSON.stringify(inventoryWith()));
  const text = `liveimg --url=http://192.0.2.1/r --checksum=${'0a'.repeat(32)}\nrootpw --iscrypted !!
sshkey --username=root "ssh-ed25519 AAAAAAAAAAAAAAAAAAAAAAAA"\nclearpart --all --initlabel\nautopart\n`;
  writeFileSync(path('plan.ks'), `${text}ignoredisk --only-use=sda\n`);
  writeFileSync(path('several.ks'), text);
  const good = await rackhand('plan', '--inventory', path('machine.json'), path('plan.ks'));
  expect(good.out).toContain(
    '  sda  100 GiB  DISK SER1, ALL DATA LOST\n  sdb  200 GiB  DISK SER2, not touched\n',
  );
  expect(good.code).toBeUndefined();
  const bad = await rackhand('plan', '--inventory', path('machine.json'), path('several.ks'));
  expect(bad.out).toContain('error [disk-ambiguous]: several disks could take it, or none: sda, sdb');
  expect(bad.code).toBe('plan-refused');
  expect((await rackhand('plan', '--inventory', path('good.ks'), path('plan.ks'))).code).toBe(
    'inventory-invalid',
  );
});
it.each([
  ['kickstart-absent', ['check', '--release', 'el9', '/absent.ks']],
  ['folder-absent', ['check', '--release', 'el9', '--include', '/absent', '/dev/null']],
  ['other', ['check', '--release', 'el7', '/dev/null']],
])('%s', async (code, argv) => {
  expect((await rackhand(...argv)).code).toBe(code);
});
