import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { type BootService, IMAGE, startBootHttp } from './boot-fixture.ts';

describe('a root for media, while the line is full', () => {
  let busy: BootService;
  const ended: boolean[] = [];
  const asked: unknown[][] = [];
  const wait = { go: false, place: 3, of: 9, seconds: 1153, askIn: 13, waited: 0 } as const;
  beforeEach(async () => {
    ended.length = 0;
    asked.length = 0;
    const turns = {
      ...{ ask: () => wait, seen: () => undefined },
      askMedium: (...about: unknown[]) => {
        asked.push(about);
        return wait;
      },
      download: () => (isWholeRoot: boolean) => void ended.push(isWholeRoot),
    };
    busy = await startBootHttp({ turns });
  });
  afterEach(() => busy.close());
  const root = () => `/rootfs/${sha256(busy.rootfs)}`;

  it('is put off, with the time to ask again', async () => {
    const { status, headers, body } = await busy.ask(root());
    const told = 'place 3 of 9, about 20 min';
    expect([status, headers['retry-after'], headers['rackhand-queue'], body.toString()]).toEqual([
      ...[503, '13', told, `# ${told}\n`],
    ]);
  });
  it('waits only so long as it says that it does', async () => {
    for (const headers of [{}, { 'rackhand-waits': 'yes' }]) await busy.ask(root(), { headers });
    expect(asked).toEqual([
      [busy.rootfs.length, '127.0.0.1', false],
      [busy.rootfs.length, '127.0.0.1', true],
    ]);
  });
  it.each([
    ['its size', 'HEAD', {}, 200],
    ['the rest of it', 'GET', { range: 'bytes=100-' }, 206],
  ])('is not where %s is asked for', async (_name, method, headers, status) => {
    expect(await busy.ask(root(), { method, headers })).toMatchObject({ status });
  });
  it('never where a script has led to it; its end is told', async () => {
    expect(await busy.ask(`/images/${IMAGE}/rootfs.squashfs`)).toMatchObject({ status: 200 });
    expect(
      await busy.ask(`/images/${IMAGE}/rootfs.squashfs`, { headers: { range: 'bytes=0-9' } }),
    ).toMatchObject({ status: 206 });
    expect(await busy.ask(`/images/${IMAGE}/vmlinuz`)).toMatchObject({ status: 200 });
    await expect.poll(() => ended).toEqual([true, false, false]);
  });
});

it('of a machine that goes while its file is opened, a download ends as often as it begins', async () => {
  const [ask, askMedium] = [() => ({ go: true }) as const, () => ({ go: true }) as const];
  let running = 0;
  const download = () => {
    running += 1;
    return () => {
      running -= 1;
    };
  };
  const turns = { ask, askMedium, seen: () => undefined, download };
  const service = await startBootHttp({ turns });
  const hangUp = () =>
    new Promise((resolve) => {
      const socket = connect(service.port, '127.0.0.1', () => {
        const text = `GET /images/${IMAGE}/rootfs.squashfs HTTP/1.1\r\nHost: x\r\n\r\n`;
        socket.write(text, () => socket.resetAndDestroy());
      });
      socket.on('close', resolve);
    });
  await Promise.all(Array.from({ length: 50 }, hangUp));
  await service.ask('/boot/grub.cfg');
  await expect.poll(() => running, { timeout: 3000 }).toBe(0);
  await service.close();
});
