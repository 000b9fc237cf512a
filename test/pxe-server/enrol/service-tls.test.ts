import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { renewal, type ServiceTls, serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { freshKeys, type Keys } from './desk.ts';

const DAY = 24 * 3600_000;
let keys: Keys;
beforeAll(async () => {
  keys = await freshKeys();
});
afterAll(() => keys.remove());

const fresh = () =>
  serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));

let time: number;
let installed: ServiceTls[];
beforeEach(() => {
  time = Date.now();
  installed = [];
});
const renewed = (first: ServiceTls, make: () => Promise<ServiceTls>) =>
  renewal(
    first,
    make,
    (tls) => void installed.push(tls),
    () => new Date(time),
  );

it('a certificate is replaced at half its life, by one with another key', async () => {
  const first = await fresh();
  const check = renewed(first, fresh);
  time += 180 * DAY;
  await check();
  expect(installed).toEqual([]);
  time += 4 * DAY;
  await check();
  expect(installed).toHaveLength(1);
  const [old, now] = [new X509Certificate(first.cert), new X509Certificate(installed[0]!.cert)];
  expect(now.serialNumber).not.toBe(old.serialNumber);
  expect(now.publicKey.equals(old.publicKey)).toBe(false);
});
it('one that could not be had is asked for again, and the old one stays', async () => {
  const first = await fresh();
  let fails = true;
  const check = renewed(first, async () => {
    if (fails) throw new Error('the key holder is away');
    return first;
  });
  time += 200 * DAY;
  await expect(check()).rejects.toThrow('away');
  expect(installed).toEqual([]);
  fails = false;
  await check();
  expect(installed).toEqual([first]);
});
