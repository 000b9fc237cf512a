import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { MAC, row, shows, stageOfEachTest } from './stage.ts';

const PENDING = 'pending-52540000ff01';
const stage = stageOfEachTest();
const { declare, registry, up } = stage;

describe('actions', () => {
  const dialog = (page: Page) => page.locator('#dialog');
  const confirm = (page: Page, name: string) =>
    dialog(page).getByRole('button', { name, exact: true }).click();

  it('approve a pending machine: a taken name is refused in the dialog, a free one is given', async () => {
    await declare('node1');
    await registry().addPending('52:54:00:00:ff:01', ['52:54:00:00:ff:01']);
    const page = await stage.site.enter();
    await page.getByRole('button', { name: `Approve… ${PENDING}` }).click();
    await shows(page, '#dialog', /52:54:00:00:ff:01/);
    await dialog(page).getByLabel('Name').fill('node1');
    await confirm(page, 'Approve');
    await shows(page, '#dialog [role=alert]', /^Name node1 belongs to a host that exists\./);
    expect(stage.site.complaints.splice(0)).toEqual([expect.stringContaining('409')]);
    await dialog(page).getByLabel('Name').fill('node2');
    await dialog(page).getByLabel('Image').selectOption('lab');
    await dialog(page).getByLabel('Armed').selectOption('once');
    await confirm(page, 'Approve');
    await dialog(page).waitFor({ state: 'hidden' });
    await shows(page, '#rows tr[data-host="node2"] .c-state', 'discovered');
    expect(registry().get('node2')).toMatchObject({ approved: true, image: 'lab', arm: 'once' });
  });
  it('arm: the dialog names the host and warns of what a kickstart does; cancelled, nothing happens', async () => {
    await registry().declare({ name: 'node1', macs: [MAC], kickstart: 'minimal' });
    const page = await stage.site.enter();
    await page.getByRole('button', { name: 'Arm… node1' }).click();
    await shows(page, '#dialog', /kickstart minimal: a boot that installs overwrites its disks/);
    await confirm(page, 'Cancel');
    await page.getByRole('button', { name: 'Arm… node1' }).click();
    await page.keyboard.press('Escape');
    expect(registry().get('node1').arm).toBe('off');
    await page.getByRole('button', { name: 'Arm… node1' }).click();
    await confirm(page, 'Arm');
    await shows(page, '#rows tr[data-host="node1"] .c-arm', 'once');
    expect(registry().get('node1').arm).toBe('once');
  });
  it('prove, release and remove, from the panel', async () => {
    await declare('node1');
    await up('node1');
    const page = await stage.site.enter();
    await row(page, 'node1').locator('a').click();
    const offer = (name: string) => page.locator('#detail').getByRole('button', { name });
    const press = (name: string) => offer(name).click();
    await press('Prove again…');
    await confirm(page, 'Prove');
    await dialog(page).waitFor({ state: 'hidden' });
    expect(stage.site.api.probed).toEqual(['node1']);
    await registry().signal(registry().get('node1').id, 'contested', 'second claimant at 192.0.2.77');
    await shows(page, '#detail .now', 'frozen');
    await offer('Prove again…').waitFor({ state: 'detached' });
    await press('Release…');
    await shows(page, '#dialog', 'It is frozen: second claimant at 192.0.2.77.');
    await confirm(page, 'Release');
    await shows(page, '#detail .now', 'discovered');
    await press('Remove…');
    await confirm(page, 'Remove');
    await row(page, 'node1').waitFor({ state: 'detached' });
    expect(await page.locator('#detail').isVisible()).toBe(false);
    expect(registry().list()).toEqual([]);
  });
  it('what cannot be done says why', async () => {
    await declare('node1');
    const page = await stage.site.enter();
    await page.getByRole('button', { name: 'Arm… node1' }).click();
    await stage.site.stop();
    await confirm(page, 'Arm');
    await shows(page, '#dialog [role=alert]', 'No answer from the server. Is it running?');
    expect(stage.site.complaints.splice(0).every((line) => /ERR_/.test(line))).toBe(true);
  });
});

describe('pairing', () => {
  const digits = async (page: Page, selector: string) => (await page.locator(selector).textContent())!.trim();
  const open = async (page: Page) => {
    await page.getByRole('button', { name: 'Pair a machine' }).click();
    await page.locator('#pair-code span').first().waitFor();
    return digits(page, '#pair-code');
  };

  it('shows what a person types, counts down and gives a new code', async () => {
    const page = await stage.site.enter({});
    await page.clock.install();
    const code = await open(page);
    expect(code).toMatch(/^\d{4} \d{4}$/);
    expect(await digits(page, '#pair-ca')).toBe('0123 4567 89ab cdef 0123 4567 89ab cdef');
    await shows(page, '#dialog', /192\.0\.2\.1:8443 or 198\.51\.100\.1:8443/);
    await shows(page, '#pair-left', /^Good for (60|5\d) s, for one machine\.$/);
    await page.clock.fastForward(20_000);
    await shows(page, '#pair-left', /^Good for (40|3\d) s/);
    await page.clock.fastForward(45_000);
    await shows(page, '#pair-left', 'This code has expired: take a new one.');
    await page.getByRole('button', { name: 'New code' }).click();
    await expect.poll(() => digits(page, '#pair-code'), { timeout: 10_000 }).not.toBe(code);
    const next = await digits(page, '#pair-code');
    await shows(page, '#pair-left', /^Good for (60|5\d) s/);
    expect(stage.site.api.pairing.redeem(next.replace(' ', ''), 20)!.row.hostId).toBeNull();
    await shows(page, '#pair-news', 'a machine used its pairing code');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('#dialog').waitFor({ state: 'hidden' });
  });
  it('counts by the clock of the server, however wrong that of the reader is', async () => {
    const page = await stage.site.visit('/', {});
    await page.addInitScript('const now = Date.now; Date.now = () => now() - 3600_000;');
    await page.goto(`${stage.site.url}/?#token=${stage.site.api.token}`);
    await page.locator('#board').waitFor();
    await open(page);
    await shows(page, '#pair-left', /^Good for (61|60|5\d) s/);
  });
  it('of a host that is chosen is for that host', async () => {
    await declare('node1');
    const page = await stage.site.enter();
    await row(page, 'node1').locator('a').click();
    await page.locator('#detail').getByRole('button', { name: 'Pair…' }).click();
    await shows(page, '#dialog-title', 'Pair node1');
    await page.locator('#pair-code span').first().waitFor();
    const code = (await digits(page, '#pair-code')).replace(' ', '');
    expect(stage.site.api.pairing.redeem(code, 20)!.row.hostId).toBe(registry().get('node1').id);
  });
});
