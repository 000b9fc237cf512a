import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { readTemplates } from '../../../pxe-server/config/files.ts';
import { apartArguments } from '../../../pxe-server/render/apart/arguments.ts';
import {
  program,
  renderApart,
  renderTogether,
  renderWithSite,
} from '../../../pxe-server/render/apart/render.ts';
import { buildContext } from '../../../pxe-server/render/context/build.ts';
import { KICKSTART_SHAPE } from '../../../pxe-server/render/kickstart.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { HOSTS } from './hosts.ts';

/** The same sandbox, with a program of the test's own instead of the renderer. */
async function inside(script: string, seconds = 60): Promise<{ code: number; stdout: string }> {
  const argv = apartArguments(program());
  const { code, stdout } = await run([...argv.slice(0, -1), '--input-type=module', '--eval', script], {
    ...{ timeout: seconds * 1000, okCodes: Array.from({ length: 256 }, (_, i) => i - 1) },
  });
  return { code, stdout };
}

describe('a template of the site', () => {
  const told = HOSTS.find(({ name }) => name === 'el9-everything')!.told;
  let texts: Map<string, string>;
  beforeAll(async () => {
    texts = await readTemplates(join(import.meta.dirname, '../../../kickstarts'));
    texts.set('own.ks.njk', texts.get('rescue.ks.njk')!);
  });

  it('gives what a shipped one gives', async () => {
    const templates = new Templates(texts, KICKSTART_SHAPE);
    const render = renderWithSite(templates, new Set(['own.ks.njk']));
    const context = buildContext(told);
    const own = render('own.ks.njk', context);
    expect(own).toBeInstanceOf(Promise);
    expect(render('rescue.ks.njk', context)).toBe(await own);
  });
  it('makes a shipped one one of the site, when that includes it', async () => {
    const templates = new Templates(texts, KICKSTART_SHAPE);
    const render = renderWithSite(templates, new Set(['snippets/network.ks.njk']));
    const answer = render('rescue.ks.njk', buildContext(told));
    expect(answer).toBeInstanceOf(Promise);
    await answer;
  });
  it('tells its faults as here', async () => {
    const order = { texts: { t: '\n{{ a | ks }}' }, name: 't', context: { a: null } };
    await expect(renderApart(order)).rejects.toMatchObject({
      code: 'template-undefined',
      message: expect.stringContaining('template t, line 2'),
    });
  });
  it('is ended when it makes too much', async () => {
    const loop = (depth: number): string =>
      depth === 0 ? 'xxxxxxxxxxxxxxxx' : `{% for i${depth} in range(1000) %}${loop(depth - 1)}{% endfor %}`;
    await expect(renderApart({ texts: { t: loop(4) }, name: 't', context: {} })).rejects.toMatchObject({
      code: 'template-endless',
    });
  });
});

describe('the process it is rendered in', () => {
  it('sees no file but its own program and libraries', async () => {
    const script = `import { existsSync, readdirSync } from 'node:fs';
      const seen = ['/etc', '/root', '/home', '/var', '/run', '/tmp', '/proc', '/usr/bin', '/bin'].filter(existsSync);
      console.log(JSON.stringify([seen, readdirSync('/').sort(), readdirSync('/rackhand').sort()]));`;
    const { stdout } = await inside(script);
    const [seen, root, own] = JSON.parse(stdout) as string[][];
    expect(seen).toEqual([]);
    expect(root!.filter((name) => !['lib', 'lib64', 'usr', 'dev', 'rackhand'].includes(name))).toEqual([]);
    expect(own).toEqual(['builder', 'node', 'node_modules', 'package.json', 'pxe-server']);
  });
  it('writes none, and has no environment', async () => {
    const script = `import { writeFileSync } from 'node:fs';
      const tried = ['/x', '/rackhand/x', '/rackhand/pxe-server/render/apart/child.ts', '/dev/shm/x'].map((path) => {
        try { writeFileSync(path, 'x'); return path; } catch { return ''; }
      });
      console.log(JSON.stringify([tried.filter(Boolean), Object.keys(process.env).filter((k) => k !== 'PWD')]));`;
    const { stdout } = await inside(script);
    // An answer that was cut off by SIGXFSZ is a file that was not written, too.
    if (stdout !== '') expect(JSON.parse(stdout)).toEqual([[], []]);
  });
  it('reaches no network, not even loopback of the host', async () => {
    const script = `import { networkInterfaces } from 'node:os'; import { connect } from 'node:net';
      const names = Object.values(networkInterfaces()).flat().filter((i) => !i.internal);
      const s = connect({ host: '192.0.2.1', port: 80, timeout: 2000 });
      const end = (what) => { console.log(JSON.stringify([names.length, what])); process.exit(0); };
      s.on('error', (e) => end(e.code)); s.on('connect', () => end('connected')); s.on('timeout', () => end('timeout'));`;
    expect(JSON.parse((await inside(script)).stdout)).toEqual([0, 'ENETUNREACH']);
  });
  it('starts no other program', async () => {
    const script = `import { spawnSync } from 'node:child_process';
      console.log(String(spawnSync('/bin/sh', ['-c', 'echo out']).error?.code));`;
    expect((await inside(script)).stdout.trim()).toBe('ENOENT');
  });
  it('has bounds of memory and time', async () => {
    const memory = await inside(`const a = []; for (;;) a.push(new Array(100000).fill(a.length + 0.5));`);
    expect(memory.code).not.toBe(0);
    const time = await inside('for (;;);');
    expect(time.code).not.toBe(0);
  });
});

describe('many contexts at once', () => {
  const told = HOSTS.find(({ name }) => name === 'el9-everything')!.told;
  it('are one process for each template, and each has its own answer', async () => {
    const text = '{% if host.name == "bad" %}{{ proxy | ks }}{% endif %}# {{ host.name }}\n';
    const texts = new Map([['own.ks.njk', text]]);
    const render = renderTogether(new Templates(texts, KICKSTART_SHAPE), new Set(['own.ks.njk']));
    const names = ['a', 'bad', 'c'];
    const contexts = names.map((name) => buildContext({ ...told, host: { ...told.host, name } }));
    const answers = await Promise.allSettled(contexts.map((context) => render('own.ks.njk', context)));
    expect(answers).toMatchObject([
      { value: '# a\n' },
      { reason: { code: 'template-undefined', message: expect.stringContaining('own.ks.njk, line 1') } },
      { value: '# c\n' },
    ]);
  });
});
