import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { OVERLAY, quoted, SHELLS } from './shell.ts';

const UNITS = 'usr/lib/systemd/system';
const GENERATOR = join(OVERLAY, 'usr/lib/systemd/system-generators/rackhand-console-generator');

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function isShell(file: string): Promise<boolean> {
  return file.endsWith('.sh') || (await readFile(file, 'utf8')).startsWith('#!/bin/sh\n');
}

let folder: string;
let scripts: string[];
let units: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-overlay-'));
  const files = await filesBelow(OVERLAY);
  const shell = await Promise.all(files.map(isShell));
  scripts = files.filter((_, i) => shell[i]);
  // What lies in a .d folder is a part of a package's unit.
  units = files.filter((file) => dirname(file) === join(OVERLAY, UNITS));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the programs of the image', () => {
  it('leave shellcheck nothing to say', async () => {
    expect(scripts.length).toBeGreaterThan(10);
    const { stdout } = await run(['shellcheck', '--shell=sh', '--severity=style', ...scripts], {
      okCodes: [0, 1],
    });
    expect(stdout).toBe('');
  });
  it('nor the modules that dracut, in bash, takes from here', async () => {
    const modules = ['dracut', 'live'].map((name) =>
      join(import.meta.dirname, '../../../builder/initramfs', name),
    );
    const files = (await Promise.all(modules.map(filesBelow))).flat();
    expect(files.length).toBeGreaterThan(5);
    const argv = ['shellcheck', '--external-sources', '--source-path=SCRIPTDIR', '--severity=style'];
    const { stdout } = await run([...argv, ...files], { okCodes: [0, 1] });
    expect(stdout).toBe('');
  });
  it('use no variable that none of them sets', async () => {
    const texts = await Promise.all(scripts.map((file) => readFile(file, 'utf8')));
    const whole = join(folder, 'whole.sh');
    await writeFile(whole, `#!/bin/sh\n${texts.join('\n').replace(/^ *# shellcheck .*$/gm, '')}`);
    const { stdout } = await run(['shellcheck', '--include=SC2154', whole], { okCodes: [0, 1] });
    expect(stdout).toBe('');
  });
  it('may be run where they are programs, and only there', async () => {
    const modes = await Promise.all(
      scripts.map(async (file) => [file, ((await stat(file)).mode & 0o111) !== 0]),
    );
    expect(modes.filter(([file, runs]) => runs === (file as string).endsWith('.sh'))).toEqual([]);
  });
  it('are understood by every shell that /bin/sh may be', async () => {
    for (const [, argv] of SHELLS) for (const file of scripts) await run([...argv, '-n', file]);
  });
});

describe('the units of the image', () => {
  it('leave systemd nothing to say', async () => {
    const root = join(folder, 'root');
    await cp(OVERLAY, root, { recursive: true });
    // What every systemd has; the rest of its units would only be checked for their own faults.
    await run(['cp', '-a', ...(await targets()), join(root, UNITS)]);
    // And what every image has of its packages.
    for (const program of ['bin/sh', 'usr/bin/sleep', 'usr/sbin/restorecon']) {
      await mkdir(dirname(join(root, program)), { recursive: true });
      await writeFile(join(root, program), '', { mode: 0o755 });
    }
    const names = units.map((file) => file.slice(file.lastIndexOf('/') + 1).replace('@.', '@ttyS0.'));
    expect(names).toContain('rackhand-agent.service');
    const { stderr } = await run(['systemd-analyze', '--man=no', `--root=${root}`, 'verify', ...names]);
    expect(stderr).toBe('');
  });
});

async function targets(): Promise<string[]> {
  const names = await readdir('/lib/systemd/system');
  return names.filter((name) => name.endsWith('.target')).map((name) => join('/lib/systemd/system', name));
}

describe('the console generator', () => {
  /** Links that it makes on a machine with that command line and those consoles. */
  async function links(name: string, cmdline: string, consoles: string): Promise<string[]> {
    const out = join(folder, name);
    await writeFile(`${out}.cmdline`, `${cmdline}\n`);
    await writeFile(`${out}.consoles`, `${consoles}\n`);
    const script = `set -e
mount --bind ${quoted(`${out}.cmdline`)} /proc/cmdline
mount --bind ${quoted(`${out}.consoles`)} /sys/class/tty/console/active
mkdir ${quoted(out)}
${quoted(GENERATOR)} ${quoted(out)}
`;
    await run(['unshare', '--mount', 'sh', '-s'], { input: script });
    return (await readdir(join(out, 'multi-user.target.wants')).catch(() => [])).sort();
  }
  it('asks on every console that the kernel writes to', async () => {
    expect(await links('hand', 'root=live:CDLABEL=X quiet', 'tty0 ttyS0')).toEqual([
      'rackhand-console@tty1.service',
      'rackhand-console@ttyS0.service',
    ]);
  });
  it('asks nobody when the kernel command line names the server', async () => {
    expect(await links('net', 'quiet rackhand.url=https://192.0.2.1:8443', 'tty0')).toEqual([]);
  });
});
