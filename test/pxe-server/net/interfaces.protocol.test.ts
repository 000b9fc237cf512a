import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Link, makeLink } from './namespaces.ts';

let link: Link;
beforeAll(async () => {
  link = await makeLink();
  await link.server.run(['ip', 'link', 'add', 'quiet0', 'type', 'bridge']);
  await link.server.run(['ip', 'address', 'add', '203.0.113.5/28', 'dev', 'quiet0']);
  await link.server.run(['ip', 'link', 'set', 'quiet0', 'up']);
});
afterAll(() => link?.remove());

it('an interface without carrier has its addresses: a server starts before its switch', async () => {
  const module = join(import.meta.dirname, '../../../pxe-server/net/interfaces.ts');
  const script = `import { interfaceFacts } from ${JSON.stringify(module)};
    console.log(JSON.stringify(interfaceFacts('quiet0')));`;
  const { stdout } = await link.server.run([process.execPath, '--input-type=module', '-e', script]);
  expect(JSON.parse(stdout)).toMatchObject({
    up: true,
    addresses: expect.arrayContaining([{ address: '203.0.113.5', prefix: 28 }]),
  });
});
