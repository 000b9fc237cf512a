import { describe, expect, it } from 'vitest';
import { randomToken, sha256 } from '../../../builder/shared/ids.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import { deskOfEachTest, MAC, OTHER_MAC, PEER } from './counter.ts';
import { registration, withWrongSignature } from './request.ts';

const { declared, desk, pending, refused, registered, state } = deskOfEachTest();

describe('a token', () => {
  it.each([
    ['of a kickstart', (host: Host) => desk().mint('kickstart', { host }), 401, 'token-unknown'],
    ['late', (host: Host) => desk().mint('register', { host, mac: MAC, minutes: 0 }), 401, 'token-expired'],
    ['foreign', (host: Host) => desk().mint('register', { host, mac: OTHER_MAC }), 403, 'token-foreign'],
  ])('that is %s is refused, noted, and kept out of the journal', async (_name, mint, status, code) => {
    const host = await declared('node1');
    const token = await mint(host);
    await refused(token, await registration(MAC), { status, code });
    const story = await desk().story();
    expect(story.some((line) => line.startsWith(`registration from ${PEER} refused`))).toBe(true);
    expect(story.join()).not.toContain(token);
    expect(desk().registered).toEqual([]);
  });
  it('that nobody knows yet is asked for again, and refused when no word of it comes', async () => {
    const [token, request] = [randomToken(), await registration(MAC)];
    await refused(token, request, { status: 503, code: 'token-early' });
    desk().pass(29);
    await refused(token, request, { status: 503, code: 'token-early' });
    expect(await desk().story()).toEqual([]);
    desk().pass(1);
    await refused(token, request, { status: 401, code: 'token-unknown' });
    expect(await desk().story()).toEqual([
      `registration from ${PEER} refused: the token was not issued by this server`,
    ]);
  });
  it('whose word comes late is as good as any', async () => {
    const host = await declared('node1');
    const [token, request] = [randomToken(), await registration(MAC)];
    await refused(token, request, { code: 'token-early' });
    const expiresAt = new Date(desk().now().getTime() + 60_000).toISOString();
    const word = { hash: sha256(token), purpose: 'register' as const, hostId: host.id, mac: MAC, expiresAt };
    await desk().enrolment.tokens.accept([word]);
    await registered(token, request);
  });
  it('of a kickstart is known to whoever asks for it, until its kickstart is given or it is late', async () => {
    const [one, two] = [await declared('node1'), await declared('node2', { macs: [] })];
    const token = await desk().mint('kickstart', { host: one, mac: MAC });
    await desk().mint('kickstart', { host: two, minutes: 5 });
    await desk().mint('register', { host: one, mac: MAC });
    const good = async () => (await desk().enrolment.tokens.kickstarts()).map(({ hostId }) => hostId).sort();
    const known = await desk().enrolment.tokens.kickstarts();
    expect(known.find(({ hash }) => hash === sha256(token))).toMatchObject({ hostId: one.id, mac: MAC });
    expect(await good()).toEqual([one.id, two.id].sort());
    await desk().enrolment.tokens.kickstartGiven(one.id);
    expect(await good()).toEqual([two.id]);
    desk().pass(300);
    expect(await good()).toEqual([]);
  });
  it('is told as claimed with every other of its host', async () => {
    const host = await declared('node1');
    const tokens = [
      await desk().mint('register', { host, mac: MAC }),
      await desk().mint('register', { host, mac: OTHER_MAC }),
    ];
    const foreign = await desk().mint('register', { host: await declared('node2', { macs: [] }) });
    await registered(tokens[0]!, await registration(MAC));
    expect(new Set(desk().claimed)).toEqual(new Set(tokens.map((token) => sha256(token))));
    expect(desk().claimed).not.toContain(sha256(foreign));
  });
  it('many that come at once are one write, and none is lost', async () => {
    const expiresAt = new Date(desk().now().getTime() + 60_000).toISOString();
    const words = Array.from({ length: 2500 }, (_, i) => {
      return {
        hash: sha256(`token ${i}`),
        purpose: 'inventory' as const,
        hostId: null,
        mac: null,
        expiresAt,
      };
    });
    await desk().enrolment.tokens.accept(words);
    await desk().enrolment.tokens.accept(words.slice(0, 2)); // told again after a restart
    await desk().enrolment.tokens.accept([]);
    expect(await desk().store.selectFrom('tokens').select('hash').execute()).toHaveLength(2500);
  });
  it('that came too late fails the boot; one of another machine does not touch the host', async () => {
    const host = await declared('node1');
    await desk().registry.signal(host.id, 'booted', 'script');
    await refused(await desk().mint('register', { host, mac: OTHER_MAC }), await registration(MAC), {
      code: 'token-foreign',
    });
    expect(state(host)).toBe('booting');
    await refused(await desk().mint('register', { host, minutes: 0 }), await registration(MAC), {
      code: 'token-expired',
    });
    expect(state(host)).toBe('failed');
  });
  it('that a second key claims is refused, and the host is frozen until a person has looked', async () => {
    const host = await declared('node1');
    const token = await desk().mint('register', { host, mac: MAC });
    const first = await registration(MAC);
    await registered(token, first);
    await refused(token, await registration(MAC), { status: 409, code: 'token-claimed' });
    expect(state(host)).toBe('frozen');
    expect(await desk().story()).toContain(
      `second claimant at ${PEER}: the token was already claimed with another key`,
    );
    await refused(token, first, { status: 409, code: 'host-frozen' });
    await desk().registry.signal(host.id, 'released', 'released by a person');
    await registered(token, first);
  });
  it.each(['declared', 'discovered', 'booting'] as const)(
    'contested while the host is %s freezes it too',
    async (before) => {
      const host = await declared('node1');
      const token = await desk().mint('register', { host, mac: MAC });
      await registered(token, await registration(MAC));
      await desk().registry.update(host.id, { state: before });
      await refused(token, await registration(MAC), { code: 'token-claimed' });
      expect(state(host)).toBe('frozen');
    },
  );
  it('that two keys claim at the same moment goes to one of them', async () => {
    const host = await declared('node1');
    const token = await desk().mint('register', { host, mac: MAC });
    const requests = [await registration(MAC), await registration(MAC)];
    const answers = await Promise.allSettled(
      requests.map((request) => desk().enrolment.register(token, request, PEER)),
    );
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(refusals).toContain('token-claimed');
    expect(state(host)).toBe('frozen');
    expect(
      (await desk().story()).filter((line) => line.startsWith(`second claimant at ${PEER}: `)),
    ).toHaveLength(1);
  });
  it('of a host that another token of the host was used for: a second machine freezes it', async () => {
    const host = await declared('node1');
    const [one, two] = [await desk().mint('register', { host }), await desk().mint('register', { host })];
    await registered(one, await registration(MAC));
    await refused(two, await registration(MAC), { status: 409, code: 'token-claimed' });
    expect(state(host)).toBe('frozen');
  });
  it('of a host that two keys claim by two tokens at the same moment goes to one of them', async () => {
    const host = await declared('node1');
    const requests = [await registration(MAC), await registration(MAC)];
    const tokens = [await desk().mint('register', { host }), await desk().mint('register', { host })];
    const answers = await Promise.allSettled(
      tokens.map((token, i) => desk().enrolment.register(token, requests[i]!, PEER)),
    );
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(refusals).toContain('token-claimed');
    expect(state(host)).toBe('frozen');
  });
  it('is as good as another of the same boot for the machine that has them both', async () => {
    const host = await declared('node1');
    const [one, two] = [await desk().mint('register', { host }), await desk().mint('register', { host })];
    const request = await registration(MAC);
    await registered(one, request);
    expect((await registered(two, request)).hostName).toBe('node1');
    expect(desk().registered).toEqual(['node1']);
  });
  it('of an earlier boot that was never used does not come back with the next', async () => {
    const host = await declared('node1');
    const old = await desk().mint('register', { host });
    desk().pass(21 * 60);
    await registered(await desk().mint('register', { host }), await registration(MAC));
    await refused(old, await registration(MAC), { status: 401, code: 'token-expired' });
    expect(state(host)).toBe('registering');
  });
  it('of the next boot is good whatever was used before', async () => {
    const host = await declared('node1');
    for (let boot = 0; boot < 3; boot++)
      await registered(await desk().mint('register', { host }), await registration(MAC));
    expect(desk().registered).toHaveLength(3);
  });
  it('found months later on the host freezes nothing', async () => {
    const host = await declared('node1');
    const token = await desk().mint('register', { host });
    await registered(token, await registration(MAC));
    desk().pass(61 * 60);
    await refused(token, await registration(MAC), { status: 401, code: 'token-expired' });
    expect(state(host)).toBe('registering');
  });
  it('with a certificate request that is none is refused before the token counts', async () => {
    const host = await declared('node1');
    const token = await desk().mint('register', { host, mac: MAC });
    const request = await registration(MAC);
    const csr = withWrongSignature(request.csr);
    await refused(token, { ...request, csr }, { status: 400, code: 'csr-bad' });
    await registered(token, request);
  });
});

describe('a host that is armed once', () => {
  const notArmed = {
    ...{ status: 403, code: 'not-armed', message: 'host node1 is not armed' },
    mend: 'arm it: rackhand hosts arm node1',
  };
  it('registers once: a token that was still made before that was known is refused', async () => {
    const host = await declared('node1', { arm: 'once' });
    await registered(await desk().mint('register', { host }), await registration(MAC));
    const [late, request] = [await desk().mint('register', { host }), await registration(MAC)];
    for (let n = 0; n < 2; n++) await refused(late, request, notArmed);
    expect(await desk().story()).toContain(`registration from ${PEER} refused: host node1 is not armed`);
    expect(state(host)).toBe('registering');
  });
  it('and cannot be signed for at once gets its certificate when it asks again', async () => {
    const host = await declared('node1', { arm: 'once' });
    const [token, request] = [await desk().mint('register', { host }), await registration(MAC)];
    desk().signing.broken = true;
    await refused(token, request, { code: 'role-silent' });
    desk().signing.broken = false;
    expect((await registered(token, request)).hostName).toBe('node1');
    expect(desk().registry.get(host.id).arm).toBe('off');
  });
  it('when it is approved registers once too', async () => {
    const [token, request] = [await desk().mint('inventory'), await registration(MAC)];
    await pending(token, request);
    const { id } = desk().registry.get('pending-525400000001');
    await desk().registry.update(id, { approved: true, name: 'node1', arm: 'once' });
    await registered(token, request);
    expect(desk().registry.get(id).arm).toBe('off');
  });
  it('gets its answer again when it was lost, and keeps an arming that came after', async () => {
    const host = await declared('node1', { arm: 'once' });
    const [token, request] = [await desk().mint('register', { host }), await registration(MAC)];
    await registered(token, request);
    await registered(token, request);
    expect(desk().registry.get(host.id).arm).toBe('off');
    await desk().registry.update(host.id, { arm: 'once' });
    await registered(token, request);
    expect(desk().registry.get(host.id).arm).toBe('once');
  });
  it('is disarmed behind its boot script: the boot has failed, and says why', async () => {
    const host = await declared('node1', { arm: 'once' });
    await desk().registry.signal(host.id, 'booted', 'script');
    const token = await desk().mint('register', { host });
    await desk().registry.update(host.id, { arm: 'off' });
    await refused(token, await registration(MAC), notArmed);
    expect(desk().registry.get(host.id)).toMatchObject({
      state: 'failed',
      reason: 'host node1 is not armed',
    });
  });
  it('by its serial: the second machine that shows it is refused', async () => {
    await declared('node1', { macs: [], serial: 'SN-1', arm: 'once' });
    await registered(await desk().mint('inventory'), await registration(MAC, { serial: 'SN-1' }));
    const [late, request] = [
      await desk().mint('inventory'),
      await registration(OTHER_MAC, { serial: 'SN-1' }),
    ];
    for (let n = 0; n < 2; n++) await refused(late, request, notArmed);
  });
});
