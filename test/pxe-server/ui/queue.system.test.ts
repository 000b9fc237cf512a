import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { RackhandError } from '../../../builder/shared/errors.ts';
import type { QueueView } from '../../../pxe-server/admission/view.ts';
import { openBrowser, openSite, type Site, type TestBrowser } from './browser.ts';
import { shows, texts } from './stage.ts';

const since = '2026-01-01T00:00:00.000Z';
const named = (name: string, mac: string) => ({
  ...{ hostId: null, name, mac, address: '192.0.2.13', bytes: 600, lines: [], since },
});
const MACHINES = ['a', 'b', 'c'].map((name, i) => named(name, `52:54:00:00:00:0${i + 1}`));

let browser: TestBrowser;
let site: Site;
let order: string[];
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  order = ['a', 'b', 'c'];
  site = await openSite(browser, {
    queue: async ({ move }) => {
      const who = MACHINES.find(({ mac }) => mac === move?.who)?.name;
      if (move && !order.includes(who ?? ''))
        throw new RackhandError('host-not-waiting', 'it does not wait for its turn', 'see who does');
      if (who) order = [who, ...order.filter((name) => name !== who)];
      return view();
    },
  });
});
afterEach(() => site.close());

function view(): QueueView {
  const waiting = order.map((name, i) => {
    const machine = MACHINES.find((one) => one.name === name)!;
    return { place: i + 1, ...machine, seconds: 40 + 1113 * i };
  });
  return { bandwidth: 1e6, measured: false, rate: 1e6, places: 4, going: [], waiting };
}

async function open(): Promise<Page> {
  const page = await site.enter();
  await page.locator('#queue summary').click();
  await shows(page, '#queue-rows li', 'c');
  return page;
}
const names = (page: Page) => texts(page, '#queue-rows .name');
const front = (page: Page, name: string) =>
  page.getByRole('button', { name: `${name} to the front`, exact: true });

it('who waits, in order, with the time until its turn as people say it', async () => {
  const page = await open();
  expect(await texts(page, '#queue-rows .when')).toEqual([
    ...['in about 40 s', 'in about 20 min', 'in about 38 min'],
  ]);
  expect(await page.locator('#queue-rows button:visible').count()).toBe(2);
  expect(site.complaints).toEqual([]);
});

it('a button that has the focus keeps it when the order is read anew', async () => {
  const page = await open();
  await front(page, 'c').focus();
  order = ['c', 'b'];
  await expect.poll(() => names(page), { timeout: 15_000 }).toEqual(['c', 'b']);
  order = ['b', 'c'];
  await expect.poll(() => names(page), { timeout: 15_000 }).toEqual(['b', 'c']);
  await front(page, 'c').focus();
  order = ['b', 'a', 'c'];
  await expect.poll(() => names(page), { timeout: 15_000 }).toEqual(['b', 'a', 'c']);
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe('c to the front');
});

it('to the front; who does not wait any more is told', async () => {
  const page = await open();
  await front(page, 'c').click();
  await expect.poll(() => names(page)).toEqual(['c', 'a', 'b']);
  order = ['c', 'a'];
  await front(page, 'b').click();
  await shows(page, '#queue-wrong', 'It does not wait for its turn. See who does.');
  await expect.poll(() => names(page), { timeout: 15_000 }).toEqual(['c', 'a']);
});
