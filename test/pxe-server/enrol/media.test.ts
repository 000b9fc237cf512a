import { describe, expect, it } from 'vitest';
import type { BootReport } from '../../../builder/contract/agent-protocol.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { mintForMedium } from '../../../pxe-server/enrol/media.ts';
import { deskOfEachTest, MAC, PEER } from './counter.ts';
import { registration } from './request.ts';

const { declared, desk, registered } = deskOfEachTest();

async function medium(arm: 'off' | 'once' | 'always' = 'always', days = 90) {
  const host = await declared('node1', { arm });
  return { host, ...(await mintForMedium(desk(), host, days)) };
}
const ask = async (token: string) => desk().enrolment.register(token, await registration(MAC), PEER);
async function fallSilent({ id }: { id: string }): Promise<void> {
  desk().pass(31);
  await desk().registry.signal(id, 'silent', 'no heartbeats');
}

describe('the token of a medium', () => {
  it('registers its host at each boot, with a new key each time', async () => {
    const { host, token } = await medium();
    const first = await registered(token, await registration(MAC));
    await fallSilent(host);
    const second = await registered(token, await registration(MAC));
    expect(second.hostId).toBe(host.id);
    expect(second.certificate).not.toBe(first.certificate);
    expect(desk().registry.get('node1').state).toBe('registering');
    expect(desk().registered).toEqual(['node1', 'node1']);
  });
  it('gives the same certificate again when an answer was lost', async () => {
    const { token } = await medium();
    const request = await registration(MAC);
    const [first, second] = [await registered(token, request), await registered(token, request)];
    expect(second.certificate).toBe(first.certificate);
  });
  it('lets nobody in while the host is there with another key: it is told to try again', async () => {
    const { token } = await medium();
    await registered(token, await registration(MAC));
    await expect(ask(token)).rejects.toMatchObject({ status: 503, code: 'host-alive' });
    expect(desk().registry.get('node1').state).toBe('registering');
  });
  it('of two machines that claim it at once one is in time', async () => {
    const { token } = await medium();
    const both = await Promise.allSettled([ask(token), ask(token)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
  it('is used up with the arming once, and worth nothing for a host that is not armed', async () => {
    const once = await medium('once');
    await registered(once.token, await registration(MAC));
    await fallSilent(once.host);
    await expect(ask(once.token)).rejects.toMatchObject({ status: 403, code: 'not-armed' });
  });
  it('ends on its day, and when another is made for the host', async () => {
    const { host, token, expiresAt } = await medium('always', 1);
    expect(Date.parse(expiresAt) - desk().now().getTime()).toBe(24 * 3600_000);
    const next = await mintForMedium(desk(), host, 1);
    await expect(ask(token)).rejects.toMatchObject({ status: 401, code: 'token-revoked' });
    desk().pass(24 * 3600);
    await expect(ask(next.token)).rejects.toMatchObject({ status: 401, code: 'token-expired' });
  });
  it('reports boots that go wrong, also after one that went well', async () => {
    const { host, token } = await medium();
    await registered(token, await registration(MAC));
    const report: BootReport = { code: 'image-unreachable', final: true, message: 'no route to host' };
    await new BootReports(desk()).received(sha256(token), report, PEER);
    const [event] = await desk().journal.list({ limit: 1, hostId: host.id });
    expect(event).toMatchObject({ kind: 'boot', severity: 'error' });
  });
  it('is told of, and never itself', async () => {
    const { token, expiresAt } = await medium();
    const story = await desk().story();
    expect(story.at(-1)).toBe(`a token for its medium was made, good until ${expiresAt}`);
    expect(story.join('\n')).not.toContain(token);
  });
});
