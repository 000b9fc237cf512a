import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { ApiContext } from '../../../pxe-server/api/routes.ts';
import { openApi, type TestApi } from '../api/fixture.ts';

export interface TestBrowser {
  /** The page that tests share: to start one takes longer than most tests. Each site is an origin of its own. */
  shared: Page;
  /** A page with a session and settings of its own. */
  own(options: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** Chromium as Debian and EPEL name it. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** The distribution's Chromium (bin/setup.sh installs it), without display and without calls to its maker. */
export async function openBrowser(): Promise<TestBrowser> {
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update'];
  const browser = await chromium.launch({
    executablePath: BROWSERS.find(existsSync) ?? BROWSERS[0]!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-sync', ...quiet],
  });
  const own = async (options: BrowserContextOptions) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(20_000);
    return context.newPage();
  };
  return { shared: await own({}), own, close: () => browser.close() };
}

/** The API and its page on loopback, by the real clock, and what browsers complained about. */
export interface Site {
  api: TestApi;
  url: string;
  /** Errors and warnings of consoles, and what scripts threw. */
  complaints: string[];
  /** Opens an address of the site ("/" or "/#…"), with options in a browser session of its own. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** The same with the token: the hosts are shown. */
  enter(options?: BrowserContextOptions): Promise<Page>;
  /** The server goes away, and comes back at the same address. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openSite(browser: TestBrowser, change: Partial<ApiContext> = {}): Promise<Site> {
  const api = await openApi(Date.now, change);
  let app: FastifyInstance | undefined = api.app;
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const complaints: string[] = [];
  const pages = new Set<Page>();
  const visit = async (path: string, options?: BrowserContextOptions) => {
    const page = options ? await browser.own(options) : browser.shared;
    if (!pages.has(page)) listen(page, complaints);
    pages.add(page);
    await page.goto(`${url}${path}`);
    return page;
  };
  return {
    ...{ api, url, complaints, visit },
    async enter(options) {
      const page = await visit(`/#token=${api.token}`, options);
      await page.locator('#states button').first().waitFor();
      return page;
    },
    async stop() {
      await app?.close();
      app = undefined;
    },
    async restart() {
      app = await api.another();
      await app.listen({ host: '127.0.0.1', port });
    },
    async close() {
      for (const page of pages) {
        if (page === browser.shared) {
          await page.goto('about:blank');
          await page.emulateMedia({ colorScheme: null });
        } else await page.context().close();
        page.removeAllListeners();
      }
      await app?.close();
      await api.close();
    },
  };
}

function listen(page: Page, complaints: string[]): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`a script opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
}
