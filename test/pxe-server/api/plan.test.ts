import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PlanQuestion } from '../../../pxe-server/boot/plans.ts';
import { addHostCommands } from '../../../pxe-server/commands/hosts.ts';
import type { PlanView } from '../../../pxe-server/kickstart/plan/view.ts';
import { inventory } from '../hosts/inventory-fixture.ts';
import { openApi, type TestApi } from './fixture.ts';

const head = { host: 'node1', kickstart: 'install.ks.njk', release: 'el9' as const };
const PLANNED: PlanView = {
  ...head,
  plan: {
    schema: 1,
    disks: [{ name: 'sda', size: 2 ** 40, serial: 'S1', model: 'M' }],
    steps: [{ do: 'label-disk', line: 3, disk: 'sda', label: 'gpt' }],
  },
  refused: [],
  picture: 'disks before\n  sda  1 TiB\u001b[31m\n',
};
const REFUSED: PlanView = {
  ...{ ...head, plan: null, picture: '' },
  refused: [
    {
      ...{
        code: 'space-short',
        message: 'too small',
        mend: 'make it smaller',
        told: 'a.ks:3:1: error: too small\n',
      },
      place: { file: 'a.ks', line: 3, column: 1, end: 5 },
    },
  ],
};
let api: TestApi;
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
});

/** @returns what the boot role was asked */
async function open(view: PlanView, known = true): Promise<PlanQuestion[]> {
  const asked: PlanQuestion[] = [];
  api = await openApi(undefined, {
    plan: async (question) => {
      asked.push(question);
      return view;
    },
  });
  const { body } = await api.call('POST', '/hosts', { name: 'node1', macs: ['52:54:00:00:00:01'] });
  if (known) await api.registry.update(body.id, { inventory: inventory() });
  return asked;
}
async function command(...argv: string[]): Promise<{ printed: string; code?: string }> {
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  vi.stubEnv('RACKHAND_URL', `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`);
  vi.stubEnv('RACKHAND_TOKEN', api.token);
  const printed: string[] = [];
  const program = new Command('rackhand').exitOverride();
  addHostCommands(program, (text) => printed.push(text));
  try {
    await program.parseAsync(['hosts', 'plan', ...argv], { from: 'user' });
    return { printed: printed.join('') };
  } catch (error) {
    return { printed: printed.join(''), code: (error as { code: string }).code };
  }
}

describe('the plan of a host', () => {
  it('is made for the machine of its inventory', async () => {
    const asked = await open(PLANNED);
    expect(await api.call('GET', '/hosts/node1/plan')).toMatchObject({ status: 200, body: PLANNED });
    expect(asked).toEqual([{ hostId: expect.any(String), inventory: inventory() }]);
  });
  it('is made for one whose agent was older, too', async () => {
    const asked = await open(PLANNED);
    const { disks, ...rest } = inventory();
    const older = disks.map(({ wwn: _, transport: __, path: ___, ...disk }) => disk);
    const { id } = api.registry.get('node1');
    await api.registry.update(id, { inventory: { ...rest, disks: older } as never });
    expect((await api.call('GET', '/hosts/node1/plan')).status).toBe(200);
    expect(asked[0]!.inventory.disks[0]).toMatchObject({ wwn: '', transport: '', path: '' });
    expect((await api.call('GET', '/hosts/node1')).body.inventory.disks[0].name).toBe('nvme0n1');
  });
  it('needs an inventory and a host', async () => {
    await open(PLANNED, false);
    expect(await api.call('GET', '/hosts/node1/plan')).toMatchObject({
      status: 409,
      body: { code: 'state-wrong' },
    });
    expect((await api.call('GET', '/hosts/node2/plan')).status).toBe(404);
  });
  it('is printed', async () => {
    await open(PLANNED);
    expect(await command('node1')).toEqual({
      printed: 'node1: install.ks.njk for EL9\n\ndisks before\n  sda  1 TiB\ufffd[31m\n',
    });
  });
  it('is printed as JSON', async () => {
    await open(PLANNED);
    expect(JSON.parse((await command('node1', '--json')).printed)).toEqual(PLANNED);
  });
  it('that is refused is told by its lines, and is a failure', async () => {
    await open(REFUSED);
    expect(await command('node1')).toEqual({
      printed: 'node1: install.ks.njk for EL9: refused\na.ks:3:1: error: too small\n',
      code: 'plan-refused',
    });
  });
  it('that is refused is a failure in JSON, too', async () => {
    await open(REFUSED);
    const { printed, code } = await command('node1', '--json');
    expect([JSON.parse(printed), code]).toEqual([REFUSED, 'plan-refused']);
  });
});
