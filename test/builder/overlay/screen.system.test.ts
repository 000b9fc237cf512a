import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

// The console's screen in a tree of fixtures: a file stands for the terminal.

const OVERLAY = join(import.meta.dirname, '../../../builder/overlay/root/usr/libexec/rackhand');
const SECONDS = 15_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-screen-'));
  await file('etc/rackhand/image.json', '{"recipe":"lab","image":"0123456789abcdef"}');
  await file('etc/os-release', 'PRETTY_NAME="Rackhand Lab 9.5"\n');
  await file('proc/sys/kernel/hostname', 'hv-with-a-name\n');
  await file('proc/sys/kernel/osrelease', '6.1.0\n');
  await file('proc/cmdline', 'quiet rackhand.url=https://192.0.2.1:8443 rackhand.token=x\n');
  await file('proc/meminfo', 'MemTotal: 4194304 kB\nMemAvailable: 3145728 kB\n');
  await file('run/rackhand/running', '');
  await file('dev/tty1', '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** Runs the screen until its file is gone; gives everything that was written when `done` said so. */
async function screen(during: () => Promise<void>): Promise<string> {
  const child = spawn('sh', [join(OVERLAY, 'screen'), 'log'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      RACKHAND_ROOT: folder,
      RACKHAND_LIB: join(OVERLAY, 'lib'),
      RACKHAND_SCREEN_SECONDS: '0.1',
      RACKHAND_SCREEN_WHILE: join(folder, 'run/rackhand/running'),
    },
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    await during();
    await rm(join(folder, 'run/rackhand/running'));
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
  return shown();
}

/** A file that is opened anew for each write keeps only the last one. */
const shown = () => readFile(join(folder, 'dev/log'), 'latin1').catch(() => '');

const plain = (text: string) => text.replace(/\x1b(\[[0-9;?]*[A-Za-z]|[78])/g, '\n');

describe('the screen', () => {
  it('fits 80x24 and says who this host is', async () => {
    let seen = '';
    const last = await screen(async () => {
      await vi.waitFor(async () => {
        seen = await shown();
        expect(seen).toContain('-- Messages');
      }, SECONDS);
    });
    const lines = plain(seen).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(seen).toContain('hv-with-a-name');
    expect(seen).toContain('lab, build 0123456789abcdef');
    expect(seen).toContain('Rackhand Lab 9.5, Linux 6.1.0');
    expect(seen).toContain('3.0 of 4.0 GiB memory free');
    expect(seen).not.toContain('rackhand.token');
    const rows = [...seen.matchAll(/\x1b\[(\d+);1H/g)].map((match) => Number(match[1]));
    expect(rows).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
    expect(last).toContain('\x1b[?25h'); // the cursor is given back
  });
  it('changes when the host is registered and when its health does', async () => {
    await screen(async () => {
      await vi.waitFor(async () => expect(await shown()).toContain('not checked yet'), SECONDS);
      await file('run/rackhand/session.json', '{}');
      await file(
        'run/rackhand/health.json',
        '{"state":"failed","at":"2026-11-25T10:42:00Z","checks":[{"name":"kvm","state":"ok","message":"a"},' +
          '{"name":"units","state":"failed","message":"failed: chronyd.service"}]}',
      );
      await vi.waitFor(async () => {
        const text = await shown();
        expect(text).toContain('registered with https://192.0.2.1:8443');
        expect(text).toContain('units: failed: chronyd.service');
      }, SECONDS);
    });
  });
});
