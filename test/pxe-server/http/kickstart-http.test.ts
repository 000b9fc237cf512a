import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BootService, brokenOff, IMAGE, startBootHttp } from './boot-fixture.ts';

let service: BootService;
beforeEach(async () => {
  service = await startBootHttp();
});
afterEach(() => service.close());

const text = async (path: string) => (await service.ask(path)).body.toString();

describe('kickstarts', () => {
  const granted = async () => {
    const script = await text('/boot/host.ipxe?mac=52:54:00:00:00:02');
    return /inst\.ks=http:\/\/127\.0\.0\.1(\/kickstart\/[0-9a-f]{32})/.exec(script)![1]!;
  };
  it('with the token of the script that was given', async () => {
    const path = await granted();
    expect(await text(path)).toBe(`# install http://127.0.0.1/images/${IMAGE}/rootfs.squashfs on node2\n`);
    expect(service.traces.at(-1)).toMatchObject({ kind: 'kickstart', hostId: 'h2' });
  });
  const HOST = { 'X-RHN-Provisioning-MAC-0': 'eth0 52:54:00:00:00:02', 'X-System-Serial-Number': 'CZ1' };
  const last = () => service.traces.at(-1)!;
  it('with the headers of an installer: they are compared, and that is told', async () => {
    const path = await granted();
    const stranger = { 'X-RHN-Provisioning-MAC-0': 'eth0 52:54:00:00:00:66' };
    expect(await service.ask(path, { headers: stranger })).toMatchObject({ status: 403 });
    expect(last()).toMatchObject({
      ...{ kind: 'wrong-host', hostId: 'h2', address: '127.0.0.1' },
      message: expect.stringContaining('it shows MAC 52:54:00:00:00:66'),
    });
    expect(await service.ask(path, { headers: HOST })).toMatchObject({ status: 200 });
    expect(last()).toMatchObject({ kind: 'kickstart', message: 'kickstart delivered; MAC as known' });
  });
  it('without them it is told that nothing was compared', async () => {
    await text(await granted());
    expect(last().message).toContain('nothing was compared');
  });
  it('that broke off, again by the same machine: the same text, as an event of its own', async () => {
    const path = await granted();
    expect(await service.ask(path, { method: 'HEAD' })).toMatchObject({ status: 405 });
    await brokenOff(service.port, path);
    const first = service.traces.filter(({ kind }) => kind === 'kickstart');
    expect(first).toHaveLength(1);
    expect(await service.ask(path)).toMatchObject({ status: 200 });
    expect(last()).toMatchObject({ kind: 'kickstart-again', message: expect.stringContaining('(2 times)') });
  });
  it('by a second machine: never', async () => {
    const path = await granted();
    expect(await service.ask(path, { headers: HOST })).toMatchObject({ status: 200 });
    expect(await service.ask(path)).toMatchObject({ status: 403 });
    expect(last()).toMatchObject({
      ...{ kind: 'second-use', hostId: 'h2' },
      message: expect.stringContaining('127.0.0.1 got the kickstart 0 s ago'),
    });
  });
  it('once its installer has begun: no more', async () => {
    const path = await granted();
    expect(await service.ask(path)).toMatchObject({ status: 200 });
    service.mint.began('h2');
    expect(await service.ask(path)).toMatchObject({ status: 403 });
    expect(last()).toMatchObject({ kind: 'late-use', message: expect.stringContaining('has begun') });
  });
  it('with a late token', async () => {
    const path = await granted();
    service.clock.now += 21 * 60_000;
    expect(await service.ask(path)).toMatchObject({ status: 403 });
    expect(last()).toMatchObject({ kind: 'late-use', hostId: 'h2' });
  });
  it.each(['0'.repeat(32), '', 'short', '..%2f..%2fetc%2fpasswd', '%00'])(
    'with a wrong token: %s',
    async (token) => {
      const answer = await service.ask(`/kickstart/${token}`);
      expect(answer.status).toBe(403);
      expect(answer.body.toString()).toBe(
        '# token refused: wrong, late or used; arm the host and boot it again\n',
      );
      expect(last()).toMatchObject({ kind: 'unknown-token', hostId: null, address: '127.0.0.1' });
    },
  );
  it('whose template is wrong: the machine is told in one line, the journal too', async () => {
    const path = await granted();
    service.templates.set('install.ks.njk', 'a\n{{ sshKeys[7] }}\n%packages\n');
    const answer = await service.ask(path);
    expect(answer.status).toBe(409);
    expect(answer.body.toString()).toMatch(/^# template-unquoted: [^\n]+\n$/);
    expect(service.traces.at(-1)).toMatchObject({ kind: 'warning' });
  });
});
