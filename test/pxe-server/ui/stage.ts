import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Registry } from '../../../pxe-server/hosts/registry.ts';
import { openBrowser, openSite, type Site, type TestBrowser } from './browser.ts';

export const MAC = '52:54:00:00:00:01';

/** What each test of a file has to itself, in the one browser of the file. */
export interface Stage {
  readonly site: Site;
  readonly browser: TestBrowser;
  registry(): Registry;
  /** Hosts with a MAC, a rack and a unit each, in this order. */
  declare(...names: string[]): Promise<void>;
  /** Takes a declared host through its states to up. */
  up(name: string): Promise<void>;
}

/** A site for each test; at the end neither a browser's console nor the server's log may hold a complaint. */
export function stageOfEachTest(): Stage {
  let browser: TestBrowser;
  let site: Site;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    site = await openSite(browser);
  });
  afterEach(async () => {
    await site.close();
    expect(site.complaints).toEqual([]);
    expect(site.api.internal).toEqual([]);
  });
  const registry = () => site.api.registry;
  return {
    get site() {
      return site;
    },
    get browser() {
      return browser;
    },
    registry,
    async declare(...names) {
      for (const [i, name] of names.entries()) {
        await registry().declare({
          name,
          macs: [`52:54:00:00:00:0${i + 1}`],
          rack: `r${i + 1}`,
          unit: 10 + i,
        });
      }
    },
    async up(name) {
      const { id } = registry().get(name);
      for (const signal of ['booted', 'registered', 'probing', 'proved'] as const)
        await registry().signal(id, signal, `${signal} for a reason`, { managementAddress: '192.0.2.101' });
    },
  };
}

export const row = (page: Page, name: string) => page.locator(`#rows tr[data-host="${name}"]`);
export const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();
export const names = (page: Page) => texts(page, '#rows .c-name');

/** Waits until something there holds the text. */
export async function shows(page: Page, where: string, text: string | RegExp): Promise<void> {
  await page.locator(where).filter({ hasText: text }).first().waitFor();
}
