import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { lowContrast } from './contrast.ts';
import { MAC, shows, stageOfEachTest, texts } from './stage.ts';

const stage = stageOfEachTest();
const PATIENT = { timeout: 15_000 };
const OTHER = '52:54:00:00:00:99';
const addresses = (page: Page) => texts(page, '#lease-rows .l-address span:first-child');
const line = (page: Page, address: string) => page.locator(`#lease-rows tr[data-address="${address}"]`);

async function enter(options = {}): Promise<Page> {
  const page = await stage.site.enter(options);
  await page.locator('#all-leases').click();
  await page.locator('#leases').waitFor();
  return page;
}

/** A few leases of each kind, the first of a declared host at the address that it was promised. */
async function fill(): Promise<void> {
  const { leases } = stage.site.api;
  await stage.registry().declare({ name: 'node1', macs: [MAC], address: '192.0.2.101' });
  leases.put('192.0.2.101', MAC);
  leases.put('192.0.2.102', OTHER, 'declined', 500);
  leases.put('192.0.2.103', 'id:ff0001', 'offered', 50);
  leases.put('192.0.2.104', '52:54:00:00:00:98', 'bound', -120);
  leases.put('192.0.2.105', '52:54:00:00:00:97', 'released', -300);
}
const happened = (message: string) =>
  stage.site.api.journal.record({ kind: 'lease', severity: 'info', hostId: null, mac: null, message });

describe('the table of leases', () => {
  it('shows who has what, and until when', async () => {
    await fill();
    const page = await enter();
    await shows(page, '#lease-rows .l-host', 'node1');
    expect(await addresses(page)).toEqual(['192.0.2.101', '192.0.2.102', '192.0.2.103']);
    expect((await line(page, '192.0.2.101').locator('td').allTextContents()).slice(1)).toEqual([
      ...[MAC, 'node1', 'bound', expect.stringMatching(/^in (59 min|1 h)$/)],
      ...[expect.stringMatching(/^leased \d+ s ago$/), 'Take back…'],
    ]);
    expect(await line(page, '192.0.2.101').locator('.mark').isVisible()).toBe(true);
    expect(await line(page, '192.0.2.102').locator('.mark').isVisible()).toBe(false);
    expect(await page.locator('#hosts').isVisible()).toBe(false);
    expect(await page.locator('#lease-count').textContent()).toBe('3 shown');
    expect(await lowContrast(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await lowContrast(page)).toEqual([]);
  });
  it('by state and by search, by the name of a host too', async () => {
    await fill();
    const page = await enter();
    await page.locator('#lease-state').selectOption('all');
    await expect.poll(() => addresses(page), PATIENT).toHaveLength(5);
    await page.locator('#lease-search').fill('NODE1');
    await expect.poll(() => addresses(page), PATIENT).toEqual(['192.0.2.101']);
    await page.locator('#lease-search').fill('52-54-00-00-00-97');
    await expect.poll(() => addresses(page), PATIENT).toEqual(['192.0.2.105']);
    await page.locator('#lease-search').fill('nothing');
    await shows(page, '#lease-empty', 'No lease fits the search.');
  });
  it('follows what happens, and keeps its rows', async () => {
    await fill();
    const page = await enter();
    await shows(page, '#lease-rows .l-host', 'node1');
    await page.evaluate("document.querySelector('#lease-rows tr').id = 'kept'");
    stage.site.api.leases.put('192.0.2.100', '52:54:00:00:00:50');
    await happened('192.0.2.100: leased');
    await expect.poll(() => addresses(page), PATIENT).toContain('192.0.2.100');
    expect(await page.locator('#kept').getAttribute('data-address')).toBe('192.0.2.101');
    expect((await addresses(page))[0]).toBe('192.0.2.100');
  });
  it('takes a lease back after a question', async () => {
    await fill();
    const page = await enter();
    await line(page, '192.0.2.101').locator('button').click();
    await shows(page, '#dialog', `It is leased to node1, ${MAC}.`);
    await page.locator('#dialog button.danger').click();
    await expect.poll(() => addresses(page), PATIENT).toEqual(['192.0.2.102', '192.0.2.103']);
    expect((await stage.site.api.journal.list({})).at(-1)?.message).toMatch(/taken back by a person/);
  });
  it('more than a page: on demand', async () => {
    for (let i = 0; i < 100; i++)
      for (const prefix of ['192.0.2', '198.51.100'])
        stage.site.api.leases.put(
          `${prefix}.${100 + i}`,
          `id:${prefix.length}${i.toString(16).padStart(3, '0')}`,
        );
    for (let i = 0; i < 5; i++) stage.site.api.leases.put(`192.0.2.${10 + i}`, `id:aa0${i}`);
    const page = await enter();
    await shows(page, '#lease-count', 'the first 200');
    expect(await addresses(page)).toHaveLength(200);
    await page.locator('#lease-more').click();
    await shows(page, '#lease-count', '205 shown');
    expect(await page.locator('#lease-more').isVisible()).toBe(false);
  });
  it('leads to the host and back', async () => {
    await fill();
    const page = await enter();
    await line(page, '192.0.2.101').locator('a').click();
    await shows(page, '#detail-title', 'node1');
    expect(await page.locator('#leases').isVisible()).toBe(false);
    await page.goBack();
    await page.locator('#leases').waitFor();
    await page.locator('#leases .bar a').click();
    await page.locator('#hosts').waitFor();
  });
  it('on a telephone nothing is wider than 390 px', async () => {
    await fill();
    const page = await stage.site.enter({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await page.locator('#all-leases').tap();
    await shows(page, '#lease-rows .l-host', 'node1');
    expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBe(390);
  });
});
