import { randomBytes } from 'node:crypto';
import { chmod, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Machine, makeMachine } from '../overlay/machine.ts';
import { digest, type ImageServer, INITRAMFS_FILES, ranged, runLive, serveImage } from './booting.ts';

const IMAGE = randomBytes(3 << 20);
const OTHER = randomBytes(3 << 20);
const HELD = 'run/initramfs/image/rootfs.squashfs';

let machine: Machine;
let server: ImageServer;
afterEach(async () => {
  await machine.remove();
  await server.close();
});

/** A machine that was told to fetch IMAGE, from a server that answers so. */
async function boot(
  answer: Parameters<typeof serveImage>[0],
  { told = `rackhand.sha256=${digest(IMAGE)} rackhand.size=${IMAGE.length}`, more = {} } = {},
) {
  server = await serveImage(answer);
  machine = await makeMachine({
    cmdline: `root=live:${server.url} quiet ${told}`,
    consoles: 'tty0 ttyS0',
    files: INITRAMFS_FILES,
  });
  await chmod(join(machine.root, 'sbin/dmsquash-live-root'), 0o755);
  return runLive(machine, ['fetch', 'eth0', `livenet:${server.url}`], more);
}

const handedOn = async () => (await machine.read('handed-on').catch(() => '')).trim();
const codes = async () => (await machine.said()).filter((line) => line.startsWith('stopped'));

it('a whole image goes on into the boot, once', async () => {
  const { code } = await boot((request, response) => ranged(request, response, IMAGE));
  expect(code).toBe(0);
  expect(await handedOn()).toBe(join(machine.root, HELD));
  expect(await machine.said()).toEqual([`image: fetching ${server.url}`, 'image: whole, 3 MiB']);
  // Room for it and no more.
  expect(await machine.commands()).toEqual([
    `mount -t tmpfs -o size=${IMAGE.length + 65536},mode=0700 rackhand-image ${machine.root}/run/initramfs/image`,
  ]);
  const again = await runLive(machine, ['fetch', 'eth1', `livenet:${server.url}`]);
  expect([again.code, server.asked]).toEqual([0, ['']]);
});

it('what breaks off is taken up where it ended', async () => {
  const { code } = await boot((request, response, count) =>
    ranged(request, response, IMAGE, count < 4 ? 1 << 19 : undefined),
  );
  expect(code).toBe(0);
  expect(await handedOn()).not.toBe('');
  expect(server.asked.length).toBe(4);
  expect(new Set(server.asked).size).toBe(4);
  expect((await machine.said()).filter((line) => line.includes('the connection ended after'))).not.toEqual(
    [],
  );
});

it('a server that is away for a moment is waited for', async () => {
  const { code } = await boot((request, response, count) => {
    if (count < 3) response.writeHead(503).end();
    else ranged(request, response, IMAGE);
  });
  expect(code).toBe(0);
  expect(await machine.said()).toContain('image: (22) The requested URL returned error: 503; trying again');
});

describe('a server that says when to ask again', () => {
  const put = (response: ServerResponse, after: string, place = '') =>
    response
      .writeHead(503, { 'retry-after': after, ...(place ? { 'rackhand-queue': place } : {}) })
      .end('#\n');

  it('is asked as often as it says, with the place on the screen, and none of that is a fault', async () => {
    const { code } = await boot((request, response, count) => {
      expect(request.headers['rackhand-waits']).toBe('yes');
      if (count <= 12) put(response, '1', `place ${13 - count} of 40, about ${26 - 2 * count} s`);
      else ranged(request, response, IMAGE);
    });
    expect([code, server.asked.length]).toEqual([0, 13]);
    const said = await machine.said();
    expect(said[1]).toBe('image: waits for its turn: place 12 of 40, about 24 s; asks again in 1 s');
    // Not each of them: it may wait for hours.
    expect(said.filter((line) => line.includes('waits for its turn')).length).toBeLessThanOrEqual(8);
    expect(said.filter((line) => /trying again|stopped/.test(line))).toEqual([]);
    expect(said.at(-1)).toBe('image: whole, 3 MiB');
  });
  it('what it says of the place is shown without what a screen would act on', async () => {
    await boot((request, response, count) => {
      if (count === 1) put(response, '1', `place 1\t\u009b31m; ${'x'.repeat(300)}`);
      else ranged(request, response, IMAGE);
    });
    const line = (await machine.said()).find((said) => said.includes('waits for its turn'))!;
    expect(line).toMatch(/^image: waits for its turn: [a-zA-Z0-9 ,.]{1,80}; asks again in 1 s$/);
  });
  it('for longer than hours is given up like any other fault, with the reason', async () => {
    const { code } = await boot((_request, response) => put(response, '1'), {
      more: { RACKHAND_TURN_SECONDS: '1' },
    });
    expect(code).toBe(1);
    expect(await codes()).toEqual([
      expect.stringMatching(/^stopped \[image-unreachable\].*our turn did not come within 1 s$/),
    ]);
    expect(server.asked.length).toBeGreaterThanOrEqual(8);
  });
  it.each(['0', '', '-1'])('with Retry-After %j is not hammered', async (after) => {
    const { code } = await boot(
      (request, response, count) => {
        if (count === 1) put(response, after);
        else ranged(request, response, IMAGE);
      },
      { more: { RACKHAND_LONGEST_PAUSE: '1' } },
    );
    expect(code).toBe(0);
    expect((await machine.said())[1]).toBe('image: waits for its turn; asks again in 1 s');
  });
  it('a machine that was put off goes on with a download that breaks off', async () => {
    const { code } = await boot((request, response, count) => {
      if (count === 1 || count === 3) put(response, '1');
      else ranged(request, response, IMAGE, count === 2 ? 1 << 20 : undefined);
    });
    expect(code).toBe(0);
    expect(await handedOn()).not.toBe('');
    expect(server.asked.at(-1)).not.toBe('');
  });
});

it('an image that was changed while it came is fetched from the start', async () => {
  const { code } = await boot((request, response, count) => {
    if (count === 1) ranged(request, response, OTHER, 1 << 20);
    else ranged(request, response, IMAGE);
  });
  expect(code).toBe(0);
  expect(server.asked.at(-1)).toBe('');
  expect((await machine.said()).join('\n')).toMatch(/its SHA-256 is [0-9a-f]{16}\.\.\., not/);
});

it.each<[string, Parameters<typeof serveImage>[0], RegExp]>([
  [
    'an image with other content',
    (request, response) => ranged(request, response, OTHER),
    /^stopped \[image-wrong\]: the image http:\S+ cannot be used: its SHA-256 is [0-9a-f]{16}\.\.\., not [0-9a-f]{16}\.\.\.$/,
  ],
  [
    'one byte that is changed',
    (request, response) => {
      const spoilt = Buffer.from(IMAGE);
      spoilt[1 << 20]! ^= 1;
      ranged(request, response, spoilt);
    },
    /image-wrong.*SHA-256/,
  ],
  [
    'a file that was cut off on the server',
    (request, response) => ranged(request, response, IMAGE.subarray(0, 1 << 20)),
    /image-wrong.*the server's file ends after 1 of 3 MiB$/,
  ],
  [
    'a file that is larger',
    (request, response) => ranged(request, response, Buffer.concat([IMAGE, OTHER])),
    /image-wrong.*the server's file is larger than the image, 3145728 bytes$/,
  ],
  [
    'a server that always breaks off at the same place',
    (_request, response) => {
      response.writeHead(200, { 'content-length': IMAGE.length });
      response.write(IMAGE.subarray(0, 1 << 20), () => response.destroy());
    },
    /image-(truncated|wrong).*(the connection ended after 1 of 3 MiB|cannot go on where it ended)$/,
  ],
  [
    'a server without the image',
    (_request, response) => response.writeHead(404).end('none'),
    /image-unreachable.*error: 404$/,
  ],
])('%s stops the boot with the reason', async (_name, answer, reason) => {
  const { code } = await boot(answer);
  expect(code).toBe(1);
  expect(await handedOn()).toBe('');
  expect(await codes()).toEqual([expect.stringMatching(reason)]);
  expect((await machine.said()).slice(-3)).toEqual([
    expect.stringMatching(/^mend: /),
    'Enter restarts this machine; it restarts by itself after 10 min',
    'restarting',
  ]);
  expect((await machine.commands()).at(-1)).toBe('reboot -f -f');
  expect(server.asked.length).toBeLessThanOrEqual(8);
});

it('Enter at a console restarts a machine that has stopped', async () => {
  const started = Date.now();
  server = await serveImage((_request, response) => response.writeHead(404).end());
  machine = await makeMachine({
    cmdline: `root=live:${server.url} rackhand.size=1`,
    consoles: 'tty0 ttyS0',
    files: { ...INITRAMFS_FILES, 'dev/ttyS0': '\n' },
  });
  await runLive(machine, ['fetch', 'eth0', `livenet:${server.url}`], { RACKHAND_WAIT_SECONDS: '600' });
  expect((await machine.commands()).at(-1)).toBe('reboot -f -f');
  expect(Date.now() - started).toBeLessThan(60_000);
});

it('progress is told in MiB of MiB', async () => {
  await boot(
    (request, response) => {
      const whole = ranged.bind(undefined, request, response, IMAGE);
      setTimeout(whole, 1500);
    },
    { more: { RACKHAND_PROGRESS_SECONDS: '1' } },
  );
  expect(await machine.said()).toContain('image: 0 of 3 MiB');
});

it('a digest that is none fits nothing; no digest at all is said', async () => {
  await boot((request, response) => ranged(request, response, IMAGE), { told: 'rackhand.sha256=abc' });
  expect(await codes()).toEqual([expect.stringContaining('image-wrong')]);
  await server.close();
  await machine.remove();
  const { code } = await boot((request, response) => ranged(request, response, IMAGE), { told: '' });
  expect([code, await machine.said()]).toEqual([
    0,
    expect.arrayContaining(['image: not compared, since no rackhand.sha256 was given']),
  ]);
  expect((await stat(join(machine.root, HELD))).size).toBe(IMAGE.length);
});
