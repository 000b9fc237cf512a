import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { lowContrast } from './contrast.ts';
import { row, shows, stageOfEachTest, texts } from './stage.ts';

const stage = stageOfEachTest();
const editor = { author: 'first', address: '192.0.2.9' };

async function put(mark: string, expected: number): Promise<void> {
  const { desk } = stage.site.api.templates;
  const text = `# ${mark}\n${(await desk.version('install', 0)).text}`;
  await desk.put('install', { text, expected, message: `say ${mark}` }, editor);
}
async function noLowContrast(page: Page): Promise<void> {
  expect(await lowContrast(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await lowContrast(page)).toEqual([]);
}

describe('templates', () => {
  it('are listed, compared and rolled back', async () => {
    await put('one', 0);
    await put('two', 1);
    const page = await stage.site.enter();
    await page.locator('#all-templates').click();
    await page.locator('#detail a', { hasText: 'install.ks.njk' }).click();
    await shows(page, '#detail h3', 'From version 1 to 2');
    expect(await texts(page, '.diff .added')).toEqual(['+# two\n']);
    expect(await texts(page, '.diff .gone')).toEqual(['-# one\n']);
    await page.getByRole('button', { name: 'Version 1' }).first().click();
    await shows(page, '#detail h3', 'From version 0 to 1');
    await noLowContrast(page);
    await page.getByRole('button', { name: 'Roll back to version 1' }).click();
    await page.locator('#dialog input[name=message]').fill('two was wrong');
    await page.locator('#dialog button[type=submit]').click();
    await shows(page, '.versions li', 'two was wrong');
    expect((await stage.site.api.templates.desk.version('install')).text).toMatch(/^# one\n/);
  });
  it('of a host: what it was installed by, and what it would get now', async () => {
    const { id } = await stage.registry().declare({ name: 'node1', kickstart: 'install' });
    const { desk, deliveries } = stage.site.api.templates;
    const made = await desk.try('install', {}, stage.registry().get(id));
    await deliveries.add({ ...made, hostId: id, base: 'http://192.0.2.1' });
    await put('new', 0);
    const page = await stage.site.enter();
    await row(page, 'node1').locator('a').first().click();
    await page.locator('.kickstart summary').first().click();
    await shows(page, '.kickstart p', /^Installed .* by install\.ks\.njk as it is shipped\.$/);
    await shows(page, '.kickstart p', 'Now it would get install.ks.njk (install.ks.njk 1).');
    expect(await texts(page, '.kickstart .diff .added')).toEqual(['+# new\n']);
    await noLowContrast(page);
  });
  it('on a telephone: no word is broken, and nothing is wider than 390 px', async () => {
    const page = await stage.site.enter({ viewport: { width: 390, height: 844 } });
    await page.locator('#all-templates').click();
    await shows(page, '#detail td', 'install.ks.njk');
    const heights = (await page.evaluate(
      "[...document.querySelectorAll('#detail td:nth-child(2)')].map((cell) => cell.getBoundingClientRect().height)",
    )) as number[];
    expect(heights.length).toBeGreaterThan(10);
    expect(Math.max(...heights)).toBeLessThan(30); // one line
    expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBe(390);
  });
  it('that is not there says so', async () => {
    const page = await stage.site.enter();
    await page.evaluate("location.hash = '#template=none'");
    await shows(page, '#detail [role=alert]', 'No template none');
    expect(stage.site.complaints.splice(0)).toEqual([expect.stringContaining('404')]);
  });
});
