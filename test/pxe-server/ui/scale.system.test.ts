import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, openSite, type Site, type TestBrowser } from './browser.ts';

const HOSTS = 5000;
/**
 * Milliseconds that a person waits at most, with room for a machine that is busy with other tests: an idle one
 * takes a tenth of it.
 */
const LIMIT = { firstRows: 20_000, filter: 2000, change: 10_000, flood: 40_000 };

let browser: TestBrowser;
let site: Site;
beforeAll(async () => {
  browser = await openBrowser();
  site = await openSite(browser);
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  const hosts = Array.from({ length: HOSTS }, (_, i) => ({
    name: `node${i}`,
    macs: [`52:54:00:00:${hex(i >> 8)}:${hex(i & 255)}`],
    rack: `r${Math.floor(i / 40)}`,
    unit: 1 + (i % 40),
  }));
  await site.api.registry.declareAll(hosts);
});
afterAll(async () => {
  await site.close();
  await browser.close();
});

const rows = (page: Page) => page.locator('#rows tr').count();
const row = (page: Page, name: string) => page.locator(`#rows tr[data-host="${name}"]`);
/** Milliseconds within the page from an input to the next frame that is painted. */
const painted = (page: Page, input: string) =>
  page.evaluate(`new Promise((resolve) => {
    const started = performance.now();
    ${input};
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
  })`) as Promise<number>;

it(`${HOSTS} hosts: rendered as far as somebody looks, quick to filter and to change`, async () => {
  const measured: Record<string, number> = {};
  const started = performance.now();
  const page = await site.enter();
  await row(page, 'node0').waitFor();
  measured.firstRows = performance.now() - started;
  expect(await rows(page)).toBeLessThanOrEqual(200);
  expect(await page.locator('#states').textContent()).toContain('5,000 hosts');

  const type = (text: string) =>
    `document.getElementById('filter').value = '${text}'; document.getElementById('filter').dispatchEvent(new Event('input'))`;
  measured.filter = await painted(page, type('node4999'));
  expect(await rows(page)).toBe(1);
  await page.locator('#filter').fill('');

  for (let step = 0; step < 4; step++) {
    const before = await rows(page);
    await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
    await expect.poll(() => rows(page), { timeout: 10_000 }).toBeGreaterThan(before);
  }
  expect(await rows(page)).toBeLessThan(HOSTS / 2);

  await page.locator('thead').getByRole('button', { name: 'State' }).click();
  const { id } = site.api.registry.get('node4000');
  const changed = performance.now();
  await site.api.registry.signal(id, 'contested', 'second claimant');
  await row(page, 'node4000').waitFor(); // it was far below, and is first now
  measured.change = performance.now() - changed;
  expect(await page.locator('#rows .c-name').first().textContent()).toBe('node4000');

  const flood = performance.now();
  const { registry } = site.api;
  await Promise.all(
    registry
      .list()
      .slice(0, 1000)
      .map((host) => registry.signal(host.id, 'booted', 'boots image lab')),
  );
  await page
    .locator('#states button')
    .filter({ hasText: /^1,000 booting$/ })
    .waitFor();
  measured.flood = performance.now() - flood;
  expect(site.complaints).toEqual([]);
  for (const [what, limit] of Object.entries(LIMIT)) expect(measured[what], what).toBeLessThan(limit);
  console.info(
    `page with ${HOSTS} hosts, ms:`,
    JSON.stringify(measured, (_k, v) => (typeof v === 'number' ? Math.round(v) : v)),
  );
});
