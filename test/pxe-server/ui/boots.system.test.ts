import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { discover, foreign, LOADED, offer, request, script, traceOf } from '../trace/steps.ts';
import { lowContrast } from './contrast.ts';
import { MAC, row, shows, stageOfEachTest, texts } from './stage.ts';

const stage = stageOfEachTest();
type Steps = Parameters<typeof traceOf>;

/** Steps of node1 that began so many seconds ago. */
function seen(ago: number, ...steps: Steps): void {
  const begin = Date.now() - ago * 1000 - traceOf([0, discover()])[0]!.at;
  stage.site.api.recorder.take(
    traceOf(...steps).map((entry) => ({ ...entry, mac: MAC, at: entry.at + begin })),
  );
}
const STOLEN: Steps = [
  [0, discover()],
  [0, offer()],
  [0, foreign('offer', { bootFile: 'pxelinux.0', nextServer: '192.0.2.66' })],
  [1, request({ server: '192.0.2.66', address: '192.0.2.200' })],
];

async function open(): Promise<Page> {
  const page = await stage.site.enter();
  await row(page, 'node1').locator('a').first().click();
  await shows(page, '.boots', 'Boots');
  return page;
}

describe('why a host did not boot', () => {
  it('one that was never heard: what to look at', async () => {
    await stage.declare('node1');
    const page = await open();
    await shows(page, '.boots', 'No boot was seen.');
    await shows(page, '.boots', 'If it was switched on: look whether it boots from the network first');
    await shows(page, '.boots', 'whether its MAC is the one that is declared');
    expect(await page.locator('.boots button').count()).toBe(0);
  });
  it('says what stopped it, what to do, and by which steps that is known', async () => {
    await stage.declare('node1');
    seen(600, ...LOADED, [7, script('local', 'not armed')]);
    seen(60, ...STOLEN);
    const page = await open();
    await shows(
      page,
      '.diagnosis .what',
      'Stopped by: another DHCP server answered (192.0.2.66, 02:00:00:00:00:66)',
    );
    await shows(page, '.diagnosis .mend', 'What to do: switch it off');
    expect(await texts(page, '.diagnosis .steps .kind')).toEqual(['dhcp', 'dhcp']);
    await page.locator('.boots summary').click();
    await shows(page, '.boots details .steps li', 'its firmware looks for DHCP servers');
    expect(await page.locator('.boots details .steps li').count()).toBe(4);
    expect(await lowContrast(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await lowContrast(page)).toEqual([]);
    if (process.env.RACKHAND_SHOTS) await page.screenshot({ path: `${process.env.RACKHAND_SHOTS}/why.png` });
  });
  it('an earlier boot, by choice; and the packets of it as a file', async () => {
    await stage.declare('node1');
    seen(600, ...LOADED, [7, script('local', 'not armed')]);
    seen(60, ...STOLEN);
    const page = await open();
    await page.locator('.boots select').selectOption({ index: 1 });
    await shows(page, '.diagnosis .what', 'it was sent to its own disk: not armed');
    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Packets (pcapng)' }).click();
    const download = await downloaded;
    expect(download.suggestedFilename()).toMatch(/^node1-.*\.pcapng$/);
    expect((await readFile(await download.path())).readUInt32LE(0)).toBe(0x0a0d0d0a);
  });
  it('follows a boot; what a machine sends is never markup', async () => {
    await stage.declare('node1');
    const page = await open();
    await shows(page, '.boots', 'No boot was seen.');
    await shows(page, '.boots', 'If it was switched on: look whether it boots from the network first');
    expect(await texts(page, '.boots code')).toEqual(['rackhand hosts show node1', 'rackhand hosts list']);
    seen(1, [0, discover()], [0, script('refused', '<img src=x onerror=alert(1)>')]);
    await stage.registry().signal(stage.registry().get('node1').id, 'seen', 'asked for an address');
    await shows(page, '.diagnosis .what', '<img src=x onerror=alert(1)>');
  });
});
