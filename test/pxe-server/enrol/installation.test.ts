import { afterEach, beforeEach, expect, it } from 'vitest';
import { Roster } from '../../../pxe-server/hosts/roster.ts';
import { type BootService, startBootHttp } from '../http/boot-fixture.ts';
import { host } from '../replica-fixture.ts';
import { type Books, openBooks } from './desk.ts';

const MAC = '52:54:00:00:00:02';
let books: Books;
let boot: BootService;
beforeEach(async () => {
  books = await openBooks();
  boot = await startBootHttp();
});
afterEach(async () => {
  await boot.close();
  await books.close();
});

/** One request to the boot role, which knows the host as control knows it, and what control makes of it. */
async function ask(path: string, headers: Record<string, string> = {}): Promise<string> {
  const { id, name, arm, state } = books.registry.get('node2');
  boot.replica.hosts = new Roster([host({ id, name, arm, state, macs: [MAC], kickstart: 'install.ks.njk' })]);
  const { body } = await boot.ask(path, { headers });
  for (const trace of boot.traces.splice(0)) await books.attempts.heard(trace);
  return body.toString();
}
const script = () => ask(`/boot/host.ipxe?mac=${MAC}`);
const kickstart = (text: string) =>
  /inst\.ks=http:\/\/127\.0\.0\.1(\/kickstart\/[0-9a-f]{32})/.exec(text)![1]!;
const current = () => books.registry.get('node2');

it('a host that is armed once installs once, to the end', async () => {
  await books.registry.declare({ name: 'node2', macs: [MAC], kickstart: 'install.ks.njk', arm: 'once' });
  const [first, second] = [kickstart(await script()), kickstart(await script())];
  expect(current()).toMatchObject({ state: 'booting', arm: 'once' });
  expect(await ask(second)).toMatch(/^# install .* on node2\n$/);
  expect(current()).toMatchObject({
    ...{ state: 'installing', arm: 'off' },
    reason: 'installs: its kickstart went to 127.0.0.1',
  });
  // The same machine, whose download may have broken off: the host is armed no more, and it gets it all the same.
  expect(await ask(second)).toMatch(/^# install .* on node2\n$/);
  expect(current()).toMatchObject({ state: 'installing', arm: 'off' });
  boot.mint.began(current().id);
  for (const path of [second, first]) expect(await ask(path)).toContain('token refused');
  expect(await script()).toContain('booting from its own disk');
  expect(current()).toMatchObject({ state: 'discovered', reason: 'sent to its own disk: not armed' });
  expect(await script()).toContain('booting from its own disk');
});
it('armed again it installs again', async () => {
  const { id } = await books.registry.declare({ name: 'node2', macs: [MAC], arm: 'once' });
  for (let n = 0; n < 2; n++) {
    await books.registry.update(id, { arm: 'once' });
    expect(await ask(kickstart(await script()))).toMatch(/^# install /);
    expect(current()).toMatchObject({ state: 'installing', arm: 'off' });
  }
});
it('a second machine that shows the token freezes the host, and the installer goes on without us', async () => {
  await books.registry.declare({ name: 'node2', macs: [MAC], kickstart: 'install.ks.njk', arm: 'once' });
  const path = kickstart(await script());
  expect(await ask(path, { 'X-RHN-Provisioning-MAC-0': `eth0 ${MAC}` })).toMatch(/^# install /);
  expect(await ask(path, { 'X-RHN-Provisioning-MAC-0': 'eth0 52:54:00:00:00:66' })).toContain('refused');
  expect(current()).toMatchObject({
    state: 'frozen',
    reason: expect.stringMatching(/^127\.0\.0\.1: kickstart refused, asked for by a second machine: 127/),
  });
});
it('a machine that is not the host changes nothing', async () => {
  await books.registry.declare({ name: 'node2', macs: [MAC], kickstart: 'install.ks.njk', arm: 'once' });
  const path = kickstart(await script());
  expect(await ask(path, { 'X-RHN-Provisioning-MAC-0': 'eth0 52:54:00:00:00:66' })).toContain('refused');
  expect(current()).toMatchObject({ state: 'booting', arm: 'once' });
});
