import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { run } from '../../builder/shared/process/run.ts';
import type { BootAnswer } from '../../pxe-server/api/boot-schemas.ts';
import type { Lab } from './lab.ts';

// What the service says of a machine's boot, to programs, at a terminal and on the page.

const PROGRAM = join(import.meta.dirname, '../../bin/rackhand');

export async function bootOf({ service }: Pick<Lab, 'service'>, host: string): Promise<BootAnswer> {
  return (await service.api.get(`/hosts/${host}/why`)) as BootAnswer;
}

/** Asks until it fits. @throws Error with what was seen last */
export async function untilBoot(
  lab: Pick<Lab, 'service'>,
  host: string,
  what: string,
  fits: (boot: BootAnswer) => boolean,
  limit: number,
): Promise<BootAnswer> {
  const until = Date.now() + limit;
  for (;;) {
    const boot = await bootOf(lab, host);
    if (fits(boot)) return boot;
    if (Date.now() > until) {
      const steps = boot.steps.map(({ time, message }) => `${time} ${message}`).join('\n');
      throw new Error(
        `${host}: ${what} did not come within ${limit / 1000} s\n${steps}\n${JSON.stringify(boot.diagnoses, null, 1)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

/** `rackhand hosts why HOST`, as a person reads it. */
export async function why({ service: { url, token } }: Pick<Lab, 'service'>, host: string): Promise<string> {
  const argv = [PROGRAM, 'hosts', 'why', host, '--url', url];
  return (await run(argv, { env: { RACKHAND_TOKEN: token }, timeout: 60_000 })).stdout;
}

/** The panel of a host, with what was found out of its last boot; its picture goes where RACKHAND_SHOTS says. */
export async function onPage(
  { service: { url, token } }: Pick<Lab, 'service'>,
  page: Page,
  host: string,
  picture: string,
): Promise<string[]> {
  await page.goto(`${url}/#token=${token}`);
  await page.locator(`#rows tr[data-host="${host}"] a`).first().click();
  await page.locator('.boots .diagnosis').first().waitFor();
  await page.locator('.boots summary').click();
  const shots = process.env.RACKHAND_SHOTS;
  if (shots) await page.screenshot({ path: join(shots, `${picture}.png`), fullPage: true });
  return page.locator('.boots .diagnosis .what').allTextContents();
}
