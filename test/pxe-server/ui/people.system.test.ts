import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { inventory } from '../hosts/inventory-fixture.ts';
import { lowContrast } from './contrast.ts';
import { MAC, row, shows, stageOfEachTest } from './stage.ts';

const PENDING = 'pending-52540000ff01';
const stage = stageOfEachTest();
const { declare, registry, up } = stage;

describe('hostile texts', () => {
  const EVIL = '<img src=x onerror=alert(1)><script>alert(2)</script>"><b>&amp;';

  it('are shown as text, wherever they come from', async () => {
    await registry().declare({ name: 'node1', macs: [MAC], rack: EVIL, serial: EVIL });
    const { id } = registry().get('node1');
    const evil = inventory({ vendor: EVIL, cpu: { model: EVIL, count: 1, flags: [] }, kernel: EVIL });
    evil.nics[0]!.name = EVIL;
    evil.disks[0]!.model = EVIL;
    await registry().update(id, { inventory: evil });
    await registry().signal(id, 'booted', `${EVIL}\u202e\u001b[2J`);
    await stage.site.api.journal.record({
      kind: EVIL,
      severity: 'error',
      hostId: id,
      mac: null,
      message: EVIL,
    });
    const page = await stage.site.enter();
    expect(await row(page, 'node1').locator('.c-why').textContent()).toBe(`${EVIL}\ufffd\ufffd[2J`);
    await row(page, 'node1').locator('a').click();
    await shows(page, '#detail .events .message', EVIL);
    const panel = await page.locator('#detail').textContent();
    expect(panel!.split(EVIL).length - 1).toBeGreaterThanOrEqual(8);
    expect(await page.locator('main img, main script, main b').count()).toBe(0);
    await page.locator('#filter').fill(EVIL);
    await page.goto(`${stage.site.url}/#host=${encodeURIComponent(EVIL)}`);
    await shows(page, '#detail-title', EVIL);
    expect(stage.site.complaints.splice(0)).toEqual([expect.stringContaining('404')]);
  });
});

describe('people', () => {
  const wide = async (page: Page) => (await page.evaluate('document.scrollingElement.scrollWidth')) as number;

  it('with a telephone: nothing is wider than 390 px', async () => {
    await declare('node1', 'node2');
    await registry().addPending('52:54:00:00:ff:01', ['52:54:00:00:ff:01', '52:54:00:00:ff:02']);
    await registry().update(registry().get('node1').id, { inventory: inventory() });
    await registry().signal(registry().get('node1').id, 'booted', 'x'.repeat(300));
    const page = await stage.site.enter({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await row(page, 'node1').waitFor();
    expect(await wide(page)).toBe(390);
    await row(page, 'node1').locator('.c-why').tap();
    await shows(page, '#detail .message', 'declared');
    expect(await page.locator('#hosts').isVisible()).toBe(false);
    expect(await wide(page)).toBe(390);
    await page.getByRole('button', { name: 'Close' }).tap();
    await page.getByRole('button', { name: `Approve… ${PENDING}` }).tap();
    await page.locator('#dialog form').waitFor();
    expect(await wide(page)).toBe(390);
    await page.getByRole('button', { name: 'Cancel' }).tap();
    await page.getByRole('button', { name: 'Pair a machine' }).tap();
    await page.locator('#pair-code span').first().waitFor();
    expect(await wide(page)).toBe(390);
    const box = await page.locator('#dialog').boundingBox();
    expect(box!.height).toBeLessThan(844);
  });
  it.each(['light', 'dark'] as const)('in %s mode can read every text', async (colorScheme) => {
    await declare('node1', 'node2', 'node3', 'node4', 'node5');
    await up('node1');
    await registry().signal(registry().get('node2').id, 'booted', 'boots');
    await registry().signal(registry().get('node3').id, 'contested', 'second claimant');
    await registry().signal(registry().get('node4').id, 'seen', 'asked for an address');
    await registry().addPending('52:54:00:00:ff:01', []);
    await registry().update(registry().get('node3').id, { inventory: inventory() });
    await registry().note(registry().get('node3'), 'tftp', 'warning', 'gave up after 5 tries');
    await stage.browser.shared.emulateMedia({ colorScheme });
    const page = await stage.site.visit('/');
    await page.locator('#token').waitFor();
    expect(await lowContrast(page)).toEqual([]);
    await page.goto(`${stage.site.url}/?#token=${stage.site.api.token}`);
    await row(page, 'node3').locator('a').click();
    await shows(page, '#detail .message', 'gave up after 5 tries');
    expect(await lowContrast(page)).toEqual([]);
    await page.locator('#detail').getByRole('button', { name: 'Remove…' }).click();
    await page.locator('#dialog form').waitFor();
    expect(await lowContrast(page)).toEqual([]);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(18, 23, 29)' : 'rgb(243, 245, 248)');
  });
  it('with a keyboard alone: filter, walk, open, act, leave', async () => {
    await declare('node1', 'node2', 'node3');
    const page = await stage.site.enter();
    const focused = () => page.evaluate('document.activeElement.textContent || document.activeElement.id');
    await page.keyboard.press('/');
    expect(await focused()).toBe('filter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('node2');
    await up('node1'); // lines are rendered anew and the focus stays
    await shows(page, '#rows tr[data-host="node1"] .c-state', 'up');
    expect(await focused()).toBe('node2');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Arm…');
    await page.keyboard.press('Enter');
    await page.locator('#dialog form').waitFor();
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Arm…');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await shows(page, '#detail-title', 'node2');
    expect(await focused()).toBe('node2');
    await page.keyboard.press('Escape');
    await page.locator('#detail').waitFor({ state: 'hidden' });
    expect(await focused()).toBe('node2');
  });
});
