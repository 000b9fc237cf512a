import { expect, it } from 'vitest';
import { InstallSettings } from '../../../pxe-server/hosts/install/settings.ts';
import { withoutInstall } from '../../../pxe-server/roles/replica.ts';
import { HASH } from '../render/hosts.ts';
import { host, told as replica } from '../replica-fixture.ts';

it('a role that makes no kickstart is told no hash, and all else', () => {
  const install = InstallSettings.parse({ root: { passwordHash: HASH } });
  const known = replica({ hosts: [host({ kickstart: 'install', install }), host({ id: 'h2' })] });
  expect(JSON.stringify(known)).toContain(HASH);
  const told = withoutInstall(known);
  expect(JSON.stringify(told)).not.toContain(HASH);
  expect(told).toMatchObject({ ...known, hosts: [{ id: 'h1', kickstart: 'install' }, { id: 'h2' }] });
});
it('nor in what changes of hosts', () => {
  const install = InstallSettings.parse({ root: { passwordHash: HASH } });
  const changes = { changed: [host({ kickstart: 'install', install })], removed: ['h2'] };
  const { install: _, ...bare } = changes.changed[0]!;
  expect(withoutInstall(changes)).toEqual({ changed: [bare], removed: ['h2'] });
});
