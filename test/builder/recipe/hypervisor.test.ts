import { expect, it } from 'vitest';
import { z } from 'zod';
import { HYPERVISOR_KEYS } from '../../../builder/recipe/hypervisor.ts';

const Keys = z.strictObject(HYPERVISOR_KEYS);

it('a recipe that says nothing is confined, closed and without keys', () => {
  expect(Keys.parse({})).toEqual({
    selinux: 'enforcing',
    consoles: { listen: '127.0.0.1', spice: 'auto' },
    ntp: [],
    sshKeys: [],
  });
});
it.each([
  { hugepages: { size: '1G', count: 64 } },
  { kdump: '512M' },
  { ntp: ['192.0.2.1', '2001:db8::1', 'time.example.org'] },
  { sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== ops@example.org'] },
  { consoles: { listen: '0.0.0.0' } },
])('takes %j', (keys) => {
  expect(Keys.safeParse(keys).success).toBe(true);
});
it.each([
  { hugepages: { size: '4K', count: 64 } },
  { hugepages: { size: '2M', count: 0 } },
  { kdump: 'auto rw' },
  { ntp: ['a b'] },
  { ntp: ['-x'] },
  { sshKeys: ['command="id" ssh-ed25519 AAAA'] },
  { sshKeys: ['ssh-ed25519 AAAA\nssh-rsa BBBB'] },
  { consoles: { listen: '192.0.2.1' } },
  { selinux: 'on' },
])('refuses %j', (keys) => {
  expect(Keys.safeParse(keys).success).toBe(false);
});
