import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { type Link, makeLink } from '../../pxe-server/net/namespaces.ts';
import { load, SHELLS } from './shell.ts';

let link: Link;
beforeAll(async () => {
  link = await makeLink('198.51.100.2/24');
});
afterAll(() => link?.remove());

const ip = (...argv: string[]) => link.client.run(['ip', ...argv]);

async function addresses(shell: string[], first: string): Promise<string[]> {
  const argv = ['ip', 'netns', 'exec', link.client.name, ...shell, '-s'];
  const { stdout } = await run(argv, {
    input: `set -u\n${load('base', 'network')}addresses\n`,
    env: { LOCAL_ADDRESS: first },
  });
  return JSON.parse(stdout);
}

it('names the addresses at which others reach this host, the one that reaches the server first', async () => {
  const [, bash] = SHELLS[0]!;
  expect(await addresses(bash, '')).toEqual(['198.51.100.2']);

  await ip('address', 'add', '2001:db8::2/64', 'dev', link.clientDevice, 'nodad');
  await ip('address', 'add', '198.51.100.8/24', 'dev', link.clientDevice);
  // Not for others: of libvirt's own network, of a guest, of a port that is down, on the way out, of this link
  // only, and one that is not proved to be free (no carrier).
  await ip('link', 'add', 'virbr0', 'type', 'bridge');
  await ip('link', 'add', 'vnet0', 'type', 'veth', 'peer', 'spare0');
  for (const [n, device] of ['virbr0', 'vnet0', 'spare0'].entries()) {
    await ip('address', 'add', `192.0.2.${n + 1}/24`, 'dev', device);
    if (device !== 'spare0') await ip('link', 'set', device, 'up');
  }
  await ip('link', 'add', 'lone0', 'type', 'bridge');
  await ip('link', 'set', 'lone0', 'up');
  await ip('address', 'add', '2001:db8:1::1/64', 'dev', 'lone0');
  await ip('address', 'add', '198.51.100.7/24', 'dev', link.clientDevice, 'preferred_lft', '0');
  await ip('address', 'add', '169.254.1.1/16', 'dev', link.clientDevice, 'scope', 'link');

  const expected = ['198.51.100.2', '198.51.100.8', '2001:db8::2'];
  for (const [, shell] of SHELLS) expect(await addresses(shell, '')).toEqual(expected);
  expect(await addresses(bash, '2001:db8::2')).toEqual(['2001:db8::2', '198.51.100.2', '198.51.100.8']);
  expect(await addresses(bash, '127.0.0.1')).toEqual(['127.0.0.1', ...expected]);
});

it.each(SHELLS)('without any address it is none, and not an error (%s)', async (_name, shell) => {
  const { stdout } = await run(['unshare', '--net', ...shell, '-s'], {
    input: `set -u\n${load('base', 'network')}addresses\nhas_address || echo none\nPATH=/nowhere\naddresses 2>/dev/null || echo failed\n`,
  });
  expect(stdout).toBe('[]\nnone\nfailed\n');
});
