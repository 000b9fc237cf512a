import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inventory } from '../hosts/inventory-fixture.ts';
import { MAC, names, row, shows, stageOfEachTest, texts } from './stage.ts';

const PENDING = 'pending-52540000ff01';
const stage = stageOfEachTest();
const { declare, registry, up } = stage;

describe('login', () => {
  it('refuses a wrong token in words, opens with the right one, and keeps it for a reload alone', async () => {
    await declare('node1');
    const page = await stage.site.visit('/');
    const tryToken = async (token: string, words: RegExp) => {
      await page.locator('#token').fill(token);
      await page.getByRole('button', { name: 'Open' }).click();
      await shows(page, '#login-error', words);
      expect(await page.locator('#board').isVisible()).toBe(false);
    };
    await tryToken('hello', /^A token is 32 digits from 0-9 and a-f\.$/);
    await tryToken('0'.repeat(32), /^The token is not known\. .*control\/api-token\.$/);
    expect(stage.site.complaints.splice(0)).toEqual([expect.stringContaining('401')]); // the browser's own line
    await page.locator('#token').fill(` ${stage.site.api.token}\n`);
    await page.keyboard.press('Enter');
    await row(page, 'node1').waitFor();
    await page.reload();
    await row(page, 'node1').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('#token').waitFor();
    expect(await names(page)).toEqual([]);
    await page.reload();
    await page.locator('#token').waitFor();
  });
  it('takes the token from the address and removes it there', async () => {
    await declare('node1');
    const page = await stage.site.visit(`/#token=${stage.site.api.token}`);
    await row(page, 'node1').waitFor();
    expect(page.url()).toBe(`${stage.site.url}/`);
    await page.goBack().catch(() => undefined);
    expect(page.url()).not.toContain(stage.site.api.token);
  });
  it('a token that is withdrawn leads back to the login', async () => {
    const page = await stage.site.enter();
    stage.site.api.withdrawToken();
    await page.getByRole('button', { name: 'Pair a machine' }).click();
    await shows(page, '#login-error', /^The token is not known to the server/);
    expect(await page.locator('#dialog').isVisible()).toBe(false);
    expect(stage.site.complaints.splice(0).every((line) => line.includes('401'))).toBe(true);
  });
});

describe('hosts', () => {
  it('appear, change and go without a reload', async () => {
    const page = await stage.site.enter();
    await shows(page, '#empty', /No hosts yet: declare them with rackhand hosts add/);
    await page.evaluate('window.sameDocument = true');
    await declare('node1', 'node2');
    await row(page, 'node2').waitFor();
    expect(await page.locator('#empty').isVisible()).toBe(false);
    await up('node1');
    await shows(page, '#rows tr[data-host="node1"] .c-state', 'up');
    expect(await row(page, 'node1').locator('td').allTextContents()).toEqual([
      ...['node1', 'up', expect.stringMatching(/^\d+ s$/), 'proved for a reason', 'r1 U10', MAC],
      ...['192.0.2.101', 'off', ''],
    ]);
    await expect
      .poll(() => texts(page, '#states button'), { timeout: 10_000 })
      .toEqual(['2 hosts', '1 declared', '1 up']);
    await registry().signal(registry().get('node1').id, 'silent', 'no heartbeat for 31 s');
    await shows(page, '#rows tr[data-host="node1"] .c-why', 'no heartbeat for 31 s');
    await registry().remove(registry().get('node2').id);
    await row(page, 'node2').waitFor({ state: 'detached' });
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });
  it('are ordered as people count, by name, state, age or place', async () => {
    await declare('node10', 'node9', 'node1');
    await pause(5); // what comes in the same millisecond is as old
    await registry().addPending('52:54:00:00:ff:01', []);
    await up('node9');
    const page = await stage.site.enter();
    const by = async (head: string) => {
      await page.locator('thead').getByRole('button', { name: head }).click();
      return names(page);
    };
    expect(await names(page)).toEqual(['node1', 'node9', 'node10', PENDING]);
    expect(await by('State')).toEqual([PENDING, 'node1', 'node10', 'node9']);
    expect(await by('State')).toEqual(['node9', 'node1', 'node10', PENDING]);
    expect(await by('For')).toEqual(['node9', PENDING, 'node1', 'node10']);
    expect(await by('Rack')).toEqual(['node10', 'node9', 'node1', PENDING]);
    expect(await page.locator('th[aria-sort="ascending"]').textContent()).toBe('Rack');
  });
  it('are filtered by name, state, rack and MAC in any writing, and by the state buttons', async () => {
    await declare('node1', 'node2', 'node10');
    await up('node2');
    const page = await stage.site.enter();
    const filter = async (text: string) => {
      await page.locator('#filter').fill(text);
      return names(page);
    };
    expect(await filter('node1')).toEqual(['node1', 'node10']);
    expect(await page.locator('#count').textContent()).toBe('2 of 3');
    expect(await filter('UP')).toEqual(['node2']);
    expect(await filter('r3')).toEqual(['node10']);
    expect(await filter('r3 u12 declared')).toEqual(['node10']);
    for (const mac of ['52:54:00:00:00:02', '52-54-00-00-00-02', '5254.0000.0002', '525400000002', '00:02'])
      expect(await filter(mac), mac).toEqual(['node2']);
    expect(await filter('nothing like it')).toEqual([]);
    await shows(page, '#empty', 'No host fits the filter.');
    await filter('');
    await page.locator('#states').getByRole('button', { name: 'up' }).click();
    expect(await names(page)).toEqual(['node2']);
    await up('node1');
    await row(page, 'node1').waitFor(); // what fits now is shown now
    await page.locator('#states').getByRole('button', { name: 'hosts' }).click();
    expect(await names(page)).toHaveLength(3);
  });
});

describe('one host', () => {
  it('with its state, timeline and machine, live', async () => {
    await declare('node1', 'node2');
    const { id } = registry().get('node1');
    await registry().update(id, { inventory: inventory(), lastSeen: new Date().toISOString() });
    await up('node1');
    const page = await stage.site.enter();
    await row(page, 'node1').locator('.c-why').click(); // anywhere in the line
    await shows(page, '#detail .events .message', 'probing → up: proved for a reason');
    expect(page.url()).toBe(`${stage.site.url}/#host=node1`);
    const facts = await texts(page, '#detail .facts > div');
    expect(facts).toEqual(
      expect.arrayContaining([
        ...[
          'Rackr1 U10',
          `MAC${MAC}`,
          'Managed at192.0.2.101',
          'ModelExample Systems R-1000',
          'Memory768 GiB',
        ],
        ...['Processors128 × EPYC 9354 32-Core Processor', 'VirtualizationKVM works'],
        ...['FirmwareUEFI, Secure Boot on', 'Kernel6.1.0-56.amd64', 'SerialS1'],
      ]),
    );
    expect(await texts(page, '#detail .grid caption')).toEqual(['Interfaces (2)', 'Disks (2)']);
    expect(await texts(page, '#detail .grid tr')).toEqual([
      'eno152:54:00:00:00:01ixgbe 8086:1528link',
      'eno252:54:00:00:00:f2ixgbe 8086:1528no link',
      'nvme0n11.9 TBnvme flashNVMe 1.92T D1eui.0025385b11b12345',
      'sda16.0 TBsas diskSAS 16T D20x5000c500a1b2c3d4',
    ]);
    await registry().note(registry().get('node2'), 'test', 'info', 'of another host');
    await registry().signal(id, 'silent', 'no heartbeat for 31 s');
    await shows(page, '#detail .now', 'lost');
    expect((await texts(page, '#detail .events .message'))[0]).toBe(
      'error: up → lost: no heartbeat for 31 s',
    );
    expect(await texts(page, '#detail .events')).not.toContain('of another host');
    await page.goBack();
    await page.locator('#detail').waitFor({ state: 'hidden' });
    await page.goto(`${stage.site.url}/#host=absent`);
    await shows(page, '#detail', 'No host absent.');
    expect(stage.site.complaints.splice(0)).toEqual([expect.stringContaining('404')]);
    await page.goto(`${stage.site.url}/#host=%`);
    await shows(page, '#detail', 'No host %.');
    expect(stage.site.complaints.splice(0)).toEqual([expect.stringContaining('404')]);
  });
  it('chosen last is shown, whatever order the answers come in', async () => {
    await declare('node1', 'node2');
    const page = await stage.site.enter();
    await page.route('**/api/v1/hosts/node1', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    const slow = page.waitForResponse('**/api/v1/hosts/node1');
    await row(page, 'node1').locator('a').click();
    await row(page, 'node2').locator('a').click();
    await shows(page, '#detail-title', 'node2');
    await slow;
    await page.unroute('**/api/v1/hosts/node1');
    await registry().note(registry().get('node2'), 'test', 'info', 'one thing more');
    await shows(page, '#detail .message', 'one thing more');
    expect(await page.locator('#detail-title').textContent()).toBe('node2');
  });
  it('with all of its story: older events on demand', async () => {
    await declare('node1');
    const { id } = registry().get('node1');
    const entry = { kind: 'test', severity: 'info' as const, hostId: id, mac: null };
    await stage.site.api.journal.recordAll(
      Array.from({ length: 60 }, (_, i) => ({ ...entry, message: `event ${i}` })),
    );
    const page = await stage.site.enter();
    await row(page, 'node1').locator('a').click();
    await shows(page, '#detail .message', 'event 59');
    expect(await page.locator('#detail .message').count()).toBe(20);
    await page.getByRole('button', { name: 'Older events' }).click();
    await shows(page, '#detail .message', 'declared');
    expect(await page.locator('#detail .message').count()).toBe(61);
    expect(await page.getByRole('button', { name: 'Older events' }).isVisible()).toBe(false);
  });
  it('the events of all name their hosts', async () => {
    await declare('node1');
    const page = await stage.site.enter();
    await page.getByRole('link', { name: 'All events' }).click();
    await shows(page, '#detail .message', 'node1 declared');
    await stage.site.api.journal.record({
      kind: 'dhcp',
      severity: 'warning',
      hostId: null,
      mac: null,
      message: 'noise',
    });
    await shows(page, '#detail .message', 'warning: noise');
    await page.locator('#detail .message a').click();
    await shows(page, '#detail-title', 'node1');
  });
  it('in the time of the reader or in UTC', async () => {
    await declare('node1');
    const time = '2026-01-15T03:04:05.000Z';
    const event = { time, kind: 'test', severity: 'info', hostId: registry().get('node1').id, mac: null };
    await stage.site.api.store
      .insertInto('events')
      .values({ ...event, id: undefined, message: 'at night' })
      .execute();
    const page = await stage.site.enter({ timezoneId: 'America/New_York' });
    await row(page, 'node1').locator('a').click();
    const line = page.locator('.events li').filter({ hasText: 'at night' });
    await line.waitFor();
    expect(await line.locator('time').textContent()).toBe('22:04:05');
    expect(await texts(page, '.events .day')).toContain('Wed 14 Jan 2026');
    expect(await page.locator('#zone').textContent()).toContain('local (America/New_York)');
    await page.locator('#zone').selectOption('utc');
    expect(await line.locator('time').textContent()).toBe('03:04:05');
    expect(await texts(page, '.events .day')).toContain('Thu 15 Jan 2026');
    await page.reload();
    await line.waitFor();
    expect(await line.locator('time').textContent()).toBe('03:04:05'); // remembered
  });
});

describe('the connection', () => {
  it('lost is said, and what happened meanwhile is there when it is back', async () => {
    await declare('node1', 'node2');
    const page = await stage.site.enter();
    await row(page, 'node1').locator('a').click();
    await shows(page, '#detail .message', 'declared');
    await stage.site.stop();
    await shows(page, '#notice', /^No connection to the server since \d\d:\d\d:\d\d\. Trying again/);
    await up('node1');
    await registry().remove(registry().get('node2').id);
    await registry().declare({ name: 'node3' });
    await stage.site.restart();
    await page.locator('#notice').waitFor({ state: 'hidden' });
    expect(await names(page)).toEqual(['node1', 'node3']);
    await shows(page, '#rows tr[data-host="node1"] .c-state', 'up');
    await shows(page, '#detail .message', 'probing → up: proved for a reason');
    await registry().declare({ name: 'node4' });
    await row(page, 'node4').waitFor();
    expect(stage.site.complaints.splice(0).every((line) => /ERR_/.test(line))).toBe(true);
  });
  it.each([
    ['a host', "'#host=node1'", '#detail .boots', 'No boot was seen.'],
    ['templates', "'#templates'", '#detail td', 'install.ks.njk'],
    ['events', "'#events'", '#detail .message', 'declared'],
  ])('%s that was asked for meanwhile is there when it is back', async (_what, hash, where, text) => {
    await declare('node1');
    const page = await stage.site.enter();
    await row(page, 'node1').waitFor();
    await stage.site.stop();
    await shows(page, '#notice', 'No connection to the server');
    await page.evaluate(`location.hash = ${hash}`);
    await shows(page, '#detail [role=alert]', 'No answer from the server');
    await page.locator('#filter').focus();
    await stage.site.restart();
    await shows(page, where, text);
    expect(await page.evaluate('document.activeElement.id')).toBe('filter');
    expect(stage.site.complaints.splice(0).every((line) => /ERR_/.test(line))).toBe(true);
  });
});
