import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BASE } from '../templates/desk-fixture.ts';
import { openApi, type TestApi } from './fixture.ts';

const shipped = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../kickstarts', name), 'utf8');
const INSTALL = shipped('install.ks.njk');
const NTP = encodeURIComponent('snippets/system.ks.njk');
const HASH = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz';
let api: TestApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const put = (name: string, text: string, expected: number, more: object = {}) =>
  api.call('PUT', `/templates/${name}`, { text, expected, ...more });
const declare = (name: string, install: object = {}, kickstart = 'install') =>
  api.registry.declare({ name, kickstart, arm: 'once', install });
const lastEvent = async () => (await api.journal.list({ limit: 1 }))[0];

describe('versions of a template', () => {
  it('begin with what is shipped', async () => {
    const { body } = await api.call('GET', '/templates');
    const row = body.templates.find(({ name }: { name: string }) => name === 'install.ks.njk');
    expect(row).toMatchObject({
      version: 0,
      author: 'rackhand',
      time: null,
      shipped: true,
      live: true,
      hosts: 0,
    });
    expect((await api.call('GET', '/templates/install')).body).toMatchObject({ version: 0, text: INSTALL });
  });
  it('have author, time, message and digest, and go to the boot role at once', async () => {
    const text = `# ours\n${INSTALL}`;
    const { status, body } = await put('install', text, 0, { message: 'a comment' });
    expect(status).toBe(200);
    const version = { version: 1, author: 'first', time: '2026-01-01T00:00:00.000Z', message: 'a comment' };
    expect(body).toMatchObject({ version, tried: 0, of: 0, without: [] });
    expect(api.templates.told.at(-1)).toMatchObject({ site: { 'install.ks.njk': 1 } });
    expect(api.templates.told.at(-1)!.texts['install.ks.njk']).toBe(text);
    const shown = (await api.call('GET', '/templates/install.ks.njk')).body;
    expect(shown).toMatchObject({ ...version, text, sha256: body.version.sha256 });
    expect(shown.history.map((one: { version: number }) => one.version)).toEqual([1, 0]);
    expect(await lastEvent()).toMatchObject({
      kind: 'template',
      message: 'template install.ks.njk: version 1 by first, from 127.0.0.1: a comment',
    });
  });
  it('are made from the newest: two people do not overwrite each other', async () => {
    await put('install', `# a\n${INSTALL}`, 0, { message: 'mine' });
    const { status, body } = await put('install', `# b\n${INSTALL}`, 0);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'template-changed',
      message: expect.stringMatching(/is at version 1, by first at 2026-01-01.*mine; .* from version 0$/),
    });
    const both = await Promise.all(['c', 'd'].map((one) => put('install', `# ${one}\n${INSTALL}`, 1)));
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 409]);
  });
  it('are no more when nothing changes', async () => {
    await put('install', `# a\n${INSTALL}`, 0);
    expect((await put('install', `# a\n${INSTALL}`, 1)).body).toMatchObject({ version: { version: 1 } });
    expect((await put('rescue', shipped('rescue.ks.njk'), 0)).body).toMatchObject({
      version: { version: 0 },
    });
  });
  it('are compared', async () => {
    await put('install', `# a\n${INSTALL}`, 0);
    const all = await api.call('GET', '/templates/install/diff?from=0');
    expect(all.body).toMatchObject({ name: 'install.ks.njk', from: 0, to: 1 });
    expect(all.body.diff).toMatch(
      /^--- install\.ks\.njk version 0\n\+\+\+ install\.ks\.njk version 1\n@@ -1,3 \+1,4 @@\n\+# a\n/,
    );
    expect((await api.call('GET', '/templates/install/diff?from=1&to=1')).body.diff).toBe('');
  });
  it('are taken back as new ones, to what is shipped too', async () => {
    for (const [i, one] of ['a', 'b'].entries()) await put('install', `# ${one}\n${INSTALL}`, i);
    const back = await api.call('POST', '/templates/install/rollback', { to: 1, expected: 2 });
    expect(back.body.version).toMatchObject({ version: 3, message: 'back to version 1' });
    expect((await api.call('GET', '/templates/install')).body.text).toBe(`# a\n${INSTALL}`);
    const away = await api.call('POST', '/templates/install/rollback', {
      to: 0,
      expected: 3,
      message: 'enough',
    });
    expect(away.body.version).toMatchObject({ version: 4, sha256: null, message: 'enough' });
    expect(api.templates.desk.live()).toEqual({
      texts: expect.objectContaining({ 'install.ks.njk': INSTALL }),
      site: {},
    });
    expect((await api.call('GET', '/templates/install?version=2')).body.text).toBe(`# b\n${INSTALL}`);
  });
  it.each([
    ['GET', '/templates/instal', undefined, 404, 'template-unknown', 'did you mean install.ks.njk'],
    ['GET', '/templates/install?version=7', undefined, 404, 'version-absent', 'there are: 0'],
    ['GET', '/templates/install/diff?from=3', undefined, 404, 'version-absent', 'there are: 0'],
    ['POST', '/templates/install/rollback', { to: 9, expected: 0 }, 404, 'version-absent', 'there are: 0'],
    ['PUT', '/templates/..%2Fx.njk', { text: '', expected: 0 }, 404, 'template-unknown', 'known templates'],
    ['PUT', '/templates/x.njk', { text: '', expected: 0 }, 404, 'template-unknown', 'known templates'],
    [
      'PUT',
      '/templates/install',
      { text: 'x'.repeat(300_000), expected: 0 },
      400,
      'request-invalid',
      'openapi',
    ],
    ['PUT', '/templates/install', { text: '' }, 400, 'request-invalid', 'openapi'],
  ] as const)('%s %s is refused', async (method, path, body, status, code, mend) => {
    const answer = await api.call(method, path, body);
    expect(answer).toMatchObject({ status, body: { code, mend: expect.stringContaining(mend) } });
    expect(api.templates.told).toEqual([]);
  });
});

describe('a text is accepted', () => {
  it.each([
    [
      'its variables',
      'text\n{{ host.nam | ks }}\n',
      'template-undefined',
      /own\.ks\.njk, line 2: .*host\.nam/,
      /host\.name/,
    ],
    ['its quotes', 'text\n{{ proxy | default("") }}\n', 'template-unquoted', /own\.ks\.njk, line 2/, /\| ks/],
    ['its syntax', 'text\n{% if %}\n', 'template-syntax', /own\.ks\.njk/, /./],
    [
      'what it includes',
      '{% include "snippets/none.njk" %}',
      'template-absent',
      /snippets\/none\.njk/,
      /known templates/,
    ],
  ])('when it loads: %s', async (_what, text, code, message, mend) => {
    const { status, body } = await put('own.ks.njk', text, 0, { untried: true });
    expect([status, body.code]).toEqual([422, code]);
    expect(body.message).toMatch(message);
    expect(body.mend).toMatch(mend);
    expect(api.templates.desk.names()).not.toContain('own.ks.njk');
  });
  it('when what includes it loads', async () => {
    const { body } = await put(NTP, '{{ nothing }}\n', 0);
    expect(body).toMatchObject({
      code: 'template-undefined',
      message: expect.stringContaining('snippets/system.ks.njk, line 1'),
    });
  });
  it('when the hosts that use it get a kickstart by it, and says how many', async () => {
    await declare('node1');
    await declare('node2', {}, 'rescue');
    const wrong = await put('install', `${INSTALL}\nrot13 --all\n`, 0);
    expect(wrong).toMatchObject({ status: 422, body: { code: 'template-unfit' } });
    expect(wrong.body.message).toMatch(
      /of 1 hosts that it was tried on, 1 would get no kickstart any more\. node1: .*rot13/,
    );
    expect((await put('install', `# a\n${INSTALL}`, 0)).body).toMatchObject({ tried: 1, of: 1, without: [] });
    const untried = await put('install', `${INSTALL}\nrot13 --all\n`, 1, { untried: true });
    expect(untried.body).toMatchObject({ version: { version: 2 }, tried: 0, of: 1 });
  });
  it('although a host gets no kickstart that got none before', async () => {
    await declare('node1', {}, 'wipe');
    const { status, body } = await put('wipe', `${shipped('wipe.ks.njk')}# a\n`, 0);
    expect(status).toBe(200);
    expect(body).toMatchObject({ tried: 1, of: 1, without: [{ host: 'node1' }] });
  });
  it('with a hundred hosts, by one of each kind and some more', async () => {
    const names = Array.from({ length: 100 }, (_, i) => ({ name: `n${i}`, kickstart: 'install' }));
    await api.registry.declareAll([
      ...names,
      { name: 'odd', kickstart: 'install', install: { proxy: 'http://192.0.2.1:3128' } },
    ]);
    const { body } = await put('install', `{% if proxy %}rot13{% endif %}\n${INSTALL}`, 0);
    expect(body.message).toMatch(/of 32 hosts that it was tried on, 1 would get .* odd: /);
  });
  it('for nothing that is in use when it is taken away', async () => {
    await put('own.ks.njk', INSTALL, 0);
    await put(encodeURIComponent('snippets/own.njk'), 'text\n', 0);
    await put('other.ks.njk', `{% include "snippets/own.njk" %}${INSTALL}`, 0);
    await declare('node1', {}, 'own');
    const gone = await api.call('POST', '/templates/own.ks.njk/rollback', { to: 0, expected: 1 });
    expect(gone).toMatchObject({
      status: 409,
      body: { code: 'template-used', message: expect.stringContaining('node1') },
    });
    const included = await api.call('POST', `/templates/${encodeURIComponent('snippets/own.njk')}/rollback`, {
      to: 0,
      expected: 1,
    });
    expect(included).toMatchObject({ status: 422, body: { code: 'template-absent' } });
    await api.registry.update('node1', { kickstart: 'install' });
    expect((await api.call('POST', '/templates/own.ks.njk/rollback', { to: 0, expected: 1 })).status).toBe(
      200,
    );
    expect(api.templates.desk.names()).not.toContain('own.ks.njk');
    expect((await api.call('GET', '/templates')).body.templates).toContainEqual(
      expect.objectContaining({ name: 'own.ks.njk', live: false, version: 2 }),
    );
  });
});

describe('a try', () => {
  it('gives what a host would get, without its secrets, and changes nothing', async () => {
    await declare('node1', { root: { passwordHash: HASH } });
    const { status, body } = await api.call('POST', '/templates/install/try', {
      host: 'node1',
      text: `# new\n${INSTALL}`,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ template: 'install.ks.njk', versions: { 'install.ks.njk': 1 } });
    expect(body.text).toMatch(/^# new\n/);
    expect(body.text).toMatch(/rootpw .*\[hash:[0-9a-f]{8}\]/);
    expect(JSON.stringify(body)).not.toContain(HASH);
    expect(api.templates.told).toEqual([]);
    expect(await api.journal.list({})).toHaveLength(1);
  });
  it('of a snippet is one of the host’s template', async () => {
    await declare('node1');
    await declare('node2', {}, 'discovery');
    const text = `${shipped('snippets/system.ks.njk')}\n# from the snippet\n`;
    const tried = await api.call('POST', `/templates/${NTP}/try`, { host: 'node1', text });
    expect(tried.body).toMatchObject({
      template: 'install.ks.njk',
      text: expect.stringContaining('# from the snippet'),
    });
    await put(encodeURIComponent('snippets/lonely.njk'), 'text\n', 0);
    const lonely = await api.call('POST', `/templates/${encodeURIComponent('snippets/lonely.njk')}/try`, {
      host: 'node2',
    });
    expect(lonely.body).toMatchObject({
      code: 'kickstart-unset',
      message: expect.stringContaining('discovery.ks.njk'),
    });
  });
  it('of another template than its own, and of an earlier version', async () => {
    await declare('node1');
    await put('rescue', `# one\n${shipped('rescue.ks.njk')}`, 0);
    await put('rescue', `# two\n${shipped('rescue.ks.njk')}`, 1);
    const body = { host: 'node1', version: 1 };
    const answer = (await api.call('POST', '/templates/rescue/try', body)).body;
    expect(answer).toMatchObject({
      versions: { 'rescue.ks.njk': 1 },
      text: expect.stringMatching(/^# one\n/),
    });
    const shippedOne = (await api.call('POST', '/templates/rescue/try', { ...body, version: 0 })).body;
    expect(shippedOne).toMatchObject({ versions: {}, text: expect.stringMatching(/^# Rackhand/) });
  });
  it.each([
    [
      'an error of the template',
      'a\n{{ hots.name }}',
      422,
      'template-undefined',
      'template install.ks.njk, line 2',
    ],
    ['what no installer takes', 'text\nrot13\n', 422, 'kickstart-invalid', 'line 2'],
  ])('tells %s', async (_what, text, status, code, message) => {
    await declare('node1');
    const answer = await api.call('POST', '/templates/install/try', { host: 'node1', text });
    expect(answer).toMatchObject({ status, body: { code, message: expect.stringContaining(message) } });
  });
  it('needs a host', async () => {
    expect((await api.call('POST', '/templates/install/try', { host: 'none' })).body.code).toBe(
      'host-absent',
    );
  });
});

describe('the kickstart of a host', () => {
  it('is shown with nothing before, when none was delivered', async () => {
    await declare('node1', { root: { passwordHash: HASH } });
    const { body } = await api.call('GET', '/hosts/node1/kickstart');
    expect(body).toMatchObject({ host: 'node1', installed: null, fault: null, diff: null });
    expect(body.now.text).toContain('--hostname=node1');
    expect(JSON.stringify(body)).not.toContain(HASH);
  });
  it('is compared with the one that it was installed by, from the same address', async () => {
    const { id } = await declare('node1');
    const { text, ...made } = await api.templates.desk.try('install', {}, api.registry.get(id));
    const base = 'http://198.51.100.1';
    const delivered = { ...made, hostId: id, base, text: text.replaceAll('//192.0.2.1', '//198.51.100.1') };
    await api.templates.deliveries.add(delivered);
    const same = (await api.call('GET', '/hosts/node1/kickstart')).body;
    expect(same).toMatchObject({
      diff: '',
      installed: { template: 'install.ks.njk', time: '2026-01-01T00:00:00.000Z' },
    });
    await api.registry.update(id, {
      install: { ...api.registry.get(id).install!, timezone: 'Europe/Berlin' },
    });
    const { diff } = (await api.call('GET', '/hosts/node1/kickstart')).body;
    expect(diff).toMatch(/^--- installed\n\+\+\+ now\n/);
    expect(diff.match(/^[-+][^-+].*$/gm)).toEqual([
      expect.stringContaining('-timezone'),
      expect.stringContaining('+timezone'),
    ]);
  });
  it('that cannot be made any more says why, beside the one that it had', async () => {
    const { id } = await declare('node1', {}, 'wipe');
    await api.templates.deliveries.add({
      hostId: id,
      template: 'wipe.ks.njk',
      versions: {},
      base: BASE,
      text: 'old\n',
    });
    const { body } = await api.call('GET', '/hosts/node1/kickstart');
    expect(body).toMatchObject({ installed: { text: 'old\n' }, now: null, diff: null });
    expect(body.fault.message).toMatch(/wipe/);
    await api.registry.declare({ name: 'live' });
    expect((await api.call('GET', '/hosts/live/kickstart')).body.fault.code).toBe('kickstart-unset');
  });
  it('is remembered five times for a host, and forgotten with it', async () => {
    const { id } = await declare('node1');
    const other = await declare('node2');
    const one = { template: 'install.ks.njk', versions: {}, base: BASE };
    await api.templates.deliveries.add({ ...one, hostId: other.id, text: 'other' });
    for (let i = 0; i < 8; i++) await api.templates.deliveries.add({ ...one, hostId: id, text: `${i}` });
    const rows = () => api.store.selectFrom('deliveredKickstarts').select('text').orderBy('id').execute();
    expect((await rows()).map(({ text }) => text)).toEqual(['other', '3', '4', '5', '6', '7']);
    await api.registry.remove(id);
    expect((await rows()).map(({ text }) => text)).toEqual(['other']);
  });
});

describe('the folder of the configuration', () => {
  it('makes versions at the start, and again when a file changes', async () => {
    const { again } = api.templates;
    await again({ 'own.ks.njk': 'text\n' });
    const desk = await again({ 'own.ks.njk': 'text\n' });
    const story = async () =>
      (await desk.history('own')).map(({ version, author }) => `${version} ${author}`);
    expect(await story()).toEqual(['1 file']);
    await desk.put(
      'own',
      { text: '# mine\ntext\n', expected: 1, message: '' },
      { author: 'first', address: '::1' },
    );
    expect((await again({ 'own.ks.njk': 'text\n' })).live().texts['own.ks.njk']).toBe('# mine\ntext\n');
    expect((await again({ 'own.ks.njk': 'cmdline\n' })).live()).toMatchObject({ site: { 'own.ks.njk': 3 } });
    expect(await story()).toEqual(['3 file', '2 first', '1 file']);
    expect((await again({})).names()).not.toContain('own.ks.njk');
  });
  it('tells of a template that cannot be used any more', async () => {
    const { again } = api.templates;
    const desk = await again({ 'snippets/own.njk': 'text\n' });
    await desk.put(
      'own.ks.njk',
      { text: '{% include "snippets/own.njk" %}', expected: 0, message: '' },
      { author: 'first', address: '::1' },
    );
    await again({});
    expect(await lastEvent()).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(
        /^template own\.ks\.njk cannot be used: template own\.ks\.njk.*snippets\/own\.njk/,
      ),
    });
  });
});
