import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Pending, Registered, RegisterRequest } from '../../../builder/contract/agent-protocol.ts';
import { randomToken, sha256 } from '../../../builder/shared/ids.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import { type Desk, freshKeys, type Keys, openDesk } from './desk.ts';
import { freshRequest, registration, withWrongSignature } from './request.ts';

const MAC = '52:54:00:00:00:01';
const OTHER_MAC = '52:54:00:00:00:02';
const PEER = '192.0.2.10';

let keys: Keys;
let desk: Desk;
beforeAll(async () => {
  keys = await freshKeys();
});
afterAll(() => keys.remove());
beforeEach(async () => {
  desk = await openDesk(keys.holder);
});
afterEach(() => desk.close());

const declared = (name: string, change = {}) =>
  desk.registry.declare({ name, macs: [MAC], arm: 'always', ...change });

async function registered(token: string, request: RegisterRequest, peer = PEER): Promise<Registered> {
  const answer = await desk.enrolment.register(token, request, peer);
  expect(answer.state).toBe('registered');
  return answer as Registered;
}

async function pending(token: string, request: RegisterRequest): Promise<Pending> {
  const answer = await desk.enrolment.register(token, request, PEER);
  expect(answer.state).toBe('pending');
  return answer as Pending;
}

const refused = (token: string, request: RegisterRequest, expected: object) =>
  expect(desk.enrolment.register(token, request, PEER)).rejects.toMatchObject(expected);

const certificate = (answer: Registered) => new X509Certificate(answer.certificate);
const state = (host: Host) => desk.registry.get(host.id).state;

describe('a host with a token of its boot', () => {
  it('gets a certificate for its name and the address it came from, and goes to the manager', async () => {
    const host = await declared('node1', { arm: 'once' });
    const token = await desk.mint('register', { host, mac: MAC });
    const answer = await registered(token, await registration(MAC, { addresses: [PEER, '2001:db8::10'] }));
    expect(answer).toMatchObject({
      hostId: host.id,
      hostName: 'node1',
      managerDn: 'CN=rackhand-manager',
      heartbeatSeconds: 10,
      clientCa: keys.holder.clientCa(),
    });
    expect(certificate(answer).subjectAltName).toBe('DNS:node1, IP Address:192.0.2.10');
    expect(desk.registered).toEqual(['node1']);
    expect(desk.registry.get(host.id)).toMatchObject({
      state: 'registering',
      managementAddress: PEER,
      arm: 'off',
      certificateNotAfter: certificate(answer).validToDate.toISOString(),
    });
    expect((await desk.enrolment.session(answer.sessionToken)).id).toBe(host.id);
  });
  it('names no address that it only claims to have, whoever has it', async () => {
    const other = await declared('node2', { macs: [OTHER_MAC], address: '192.0.2.7' });
    await desk.registry.update(other.id, { managementAddress: '192.0.2.8' });
    const host = await declared('node1');
    const addresses = ['192.0.2.1', '192.0.2.7', '192.0.2.8', '192.0.2.9', PEER];
    const request = await registration(MAC, { addresses });
    const answer = await registered(await desk.mint('register', { host, mac: MAC }), request);
    expect(certificate(answer).subjectAltName).toBe('DNS:node1, IP Address:192.0.2.10');
    const renewed = await desk.enrolment.renew(answer.sessionToken, request.csr, '192.0.2.99');
    expect(certificate(renewed).subjectAltName).toBe('DNS:node1, IP Address:192.0.2.99');
  });
  it('gets the same certificate again when the answer was lost, and is passed on once', async () => {
    const host = await declared('node1');
    const token = await desk.mint('register', { host, mac: MAC });
    const request = await registration(MAC);
    const [first, second] = [await registered(token, request), await registered(token, request)];
    expect(second.certificate).toBe(first.certificate);
    expect(desk.registered).toEqual(['node1']);
    await expect(desk.enrolment.session(first.sessionToken)).rejects.toMatchObject({ status: 401 });
    expect((await desk.enrolment.session(second.sessionToken)).name).toBe('node1');
  });
  it('whose old certificate ends soon gets a new one when it boots with the same key', async () => {
    const host = await declared('node1');
    const request = await registration(MAC);
    const first = await registered(await desk.mint('register', { host, mac: MAC }), request);
    desk.pass(25 * 24 * 3600);
    const again = await registered(await desk.mint('register', { host, mac: MAC }), request);
    expect(again.certificate).not.toBe(first.certificate);
  });
  it('that was removed meanwhile is refused', async () => {
    const host = await declared('node1');
    const token = await desk.mint('register', { host, mac: MAC });
    await desk.registry.remove(host.id);
    await refused(token, await registration(MAC), { status: 401, code: 'token-revoked' });
  });
});

describe('a token', () => {
  it.each([
    ['of a kickstart', (host: Host) => desk.mint('kickstart', { host }), 401, 'token-unknown'],
    ['late', (host: Host) => desk.mint('register', { host, mac: MAC, minutes: 0 }), 401, 'token-expired'],
    ['foreign', (host: Host) => desk.mint('register', { host, mac: OTHER_MAC }), 403, 'token-foreign'],
  ])('that is %s is refused, noted, and kept out of the journal', async (_name, mint, status, code) => {
    const host = await declared('node1');
    const token = await mint(host);
    await refused(token, await registration(MAC), { status, code });
    const story = await desk.story();
    expect(story.some((line) => line.startsWith(`registration from ${PEER} refused`))).toBe(true);
    expect(story.join()).not.toContain(token);
    expect(desk.registered).toEqual([]);
  });
  it('that nobody knows yet is asked for again, and refused when no word of it comes', async () => {
    const [token, request] = [randomToken(), await registration(MAC)];
    await refused(token, request, { status: 503, code: 'token-early' });
    desk.pass(29);
    await refused(token, request, { status: 503, code: 'token-early' });
    expect(await desk.story()).toEqual([]);
    desk.pass(1);
    await refused(token, request, { status: 401, code: 'token-unknown' });
    expect(await desk.story()).toEqual([
      `registration from ${PEER} refused: the token was not issued by this server`,
    ]);
  });
  it('whose word comes late is as good as any', async () => {
    const host = await declared('node1');
    const [token, request] = [randomToken(), await registration(MAC)];
    await refused(token, request, { code: 'token-early' });
    const expiresAt = new Date(desk.now().getTime() + 60_000).toISOString();
    const word = { hash: sha256(token), purpose: 'register' as const, hostId: host.id, mac: MAC, expiresAt };
    await desk.enrolment.accept([word]);
    await registered(token, request);
  });
  it('is told as claimed with every other of its host', async () => {
    const host = await declared('node1');
    const tokens = [
      await desk.mint('register', { host, mac: MAC }),
      await desk.mint('register', { host, mac: OTHER_MAC }),
    ];
    const foreign = await desk.mint('register', { host: await declared('node2', { macs: [] }) });
    await registered(tokens[0]!, await registration(MAC));
    expect(new Set(desk.claimed)).toEqual(new Set(tokens.map((token) => sha256(token))));
    expect(desk.claimed).not.toContain(sha256(foreign));
  });
  it('many that come at once are one write, and none is lost', async () => {
    const expiresAt = new Date(desk.now().getTime() + 60_000).toISOString();
    const words = Array.from({ length: 2500 }, (_, i) => {
      return {
        hash: sha256(`token ${i}`),
        purpose: 'inventory' as const,
        hostId: null,
        mac: null,
        expiresAt,
      };
    });
    await desk.enrolment.accept(words);
    await desk.enrolment.accept(words.slice(0, 2)); // told again after a restart
    await desk.enrolment.accept([]);
    expect(await desk.store.selectFrom('tokens').select('hash').execute()).toHaveLength(2500);
  });
  it('that came too late fails the boot; one of another machine does not touch the host', async () => {
    const host = await declared('node1');
    await desk.registry.signal(host.id, 'booted', 'script');
    await refused(await desk.mint('register', { host, mac: OTHER_MAC }), await registration(MAC), {
      code: 'token-foreign',
    });
    expect(state(host)).toBe('booting');
    await refused(await desk.mint('register', { host, minutes: 0 }), await registration(MAC), {
      code: 'token-expired',
    });
    expect(state(host)).toBe('failed');
  });
  it('that a second key claims is refused, and the host is frozen until a person has looked', async () => {
    const host = await declared('node1');
    const token = await desk.mint('register', { host, mac: MAC });
    const first = await registration(MAC);
    await registered(token, first);
    await refused(token, await registration(MAC), { status: 409, code: 'token-claimed' });
    expect(state(host)).toBe('frozen');
    expect(await desk.story()).toContain(
      `second claimant at ${PEER}: the token was already claimed with another key`,
    );
    await refused(token, first, { status: 409, code: 'host-frozen' });
    await desk.registry.signal(host.id, 'released', 'released by a person');
    await registered(token, first);
  });
  it.each(['declared', 'discovered', 'booting'] as const)(
    'contested while the host is %s freezes it too',
    async (before) => {
      const host = await declared('node1');
      const token = await desk.mint('register', { host, mac: MAC });
      await registered(token, await registration(MAC));
      await desk.registry.update(host.id, { state: before });
      await refused(token, await registration(MAC), { code: 'token-claimed' });
      expect(state(host)).toBe('frozen');
    },
  );
  it('that two keys claim at the same moment goes to one of them', async () => {
    const host = await declared('node1');
    const token = await desk.mint('register', { host, mac: MAC });
    const requests = [await registration(MAC), await registration(MAC)];
    const answers = await Promise.allSettled(
      requests.map((request) => desk.enrolment.register(token, request, PEER)),
    );
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(refusals).toContain('token-claimed');
    expect(state(host)).toBe('frozen');
    expect(
      (await desk.story()).filter((line) => line.startsWith(`second claimant at ${PEER}: `)),
    ).toHaveLength(1);
  });
  it('of a host that another token of the host was used for: a second machine freezes it', async () => {
    const host = await declared('node1');
    const [one, two] = [await desk.mint('register', { host }), await desk.mint('register', { host })];
    await registered(one, await registration(MAC));
    await refused(two, await registration(MAC), { status: 409, code: 'token-claimed' });
    expect(state(host)).toBe('frozen');
  });
  it('of a host that two keys claim by two tokens at the same moment goes to one of them', async () => {
    const host = await declared('node1');
    const requests = [await registration(MAC), await registration(MAC)];
    const tokens = [await desk.mint('register', { host }), await desk.mint('register', { host })];
    const answers = await Promise.allSettled(
      tokens.map((token, i) => desk.enrolment.register(token, requests[i]!, PEER)),
    );
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(refusals).toContain('token-claimed');
    expect(state(host)).toBe('frozen');
  });
  it('is as good as another of the same boot for the machine that has them both', async () => {
    const host = await declared('node1');
    const [one, two] = [await desk.mint('register', { host }), await desk.mint('register', { host })];
    const request = await registration(MAC);
    await registered(one, request);
    expect((await registered(two, request)).hostName).toBe('node1');
    expect(desk.registered).toEqual(['node1']);
  });
  it('of an earlier boot that was never used does not come back with the next', async () => {
    const host = await declared('node1');
    const old = await desk.mint('register', { host });
    desk.pass(21 * 60);
    await registered(await desk.mint('register', { host }), await registration(MAC));
    await refused(old, await registration(MAC), { status: 401, code: 'token-expired' });
    expect(state(host)).toBe('registering');
  });
  it('of the next boot is good whatever was used before', async () => {
    const host = await declared('node1');
    for (let boot = 0; boot < 3; boot++)
      await registered(await desk.mint('register', { host }), await registration(MAC));
    expect(desk.registered).toHaveLength(3);
  });
  it('found months later on the host freezes nothing', async () => {
    const host = await declared('node1');
    const token = await desk.mint('register', { host });
    await registered(token, await registration(MAC));
    desk.pass(61 * 60);
    await refused(token, await registration(MAC), { status: 401, code: 'token-expired' });
    expect(state(host)).toBe('registering');
  });
  it('with a certificate request that is none is refused before the token counts', async () => {
    const host = await declared('node1');
    const token = await desk.mint('register', { host, mac: MAC });
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
    await registered(await desk.mint('register', { host }), await registration(MAC));
    const [late, request] = [await desk.mint('register', { host }), await registration(MAC)];
    for (let n = 0; n < 2; n++) await refused(late, request, notArmed);
    expect(await desk.story()).toContain(`registration from ${PEER} refused: host node1 is not armed`);
    expect(state(host)).toBe('registering');
  });
  it('and cannot be signed for at once gets its certificate when it asks again', async () => {
    const host = await declared('node1', { arm: 'once' });
    const [token, request] = [await desk.mint('register', { host }), await registration(MAC)];
    desk.signing.broken = true;
    await refused(token, request, { code: 'role-silent' });
    desk.signing.broken = false;
    expect((await registered(token, request)).hostName).toBe('node1');
    expect(desk.registry.get(host.id).arm).toBe('off');
  });
  it('when it is approved registers once too', async () => {
    const [token, request] = [await desk.mint('inventory'), await registration(MAC)];
    await pending(token, request);
    const { id } = desk.registry.get('pending-525400000001');
    await desk.registry.update(id, { approved: true, name: 'node1', arm: 'once' });
    await registered(token, request);
    expect(desk.registry.get(id).arm).toBe('off');
  });
  it('gets its answer again when it was lost, and keeps an arming that came after', async () => {
    const host = await declared('node1', { arm: 'once' });
    const [token, request] = [await desk.mint('register', { host }), await registration(MAC)];
    await registered(token, request);
    await registered(token, request);
    expect(desk.registry.get(host.id).arm).toBe('off');
    await desk.registry.update(host.id, { arm: 'once' });
    await registered(token, request);
    expect(desk.registry.get(host.id).arm).toBe('once');
  });
  it('is disarmed behind its boot script: the boot has failed, and says why', async () => {
    const host = await declared('node1', { arm: 'once' });
    await desk.registry.signal(host.id, 'booted', 'script');
    const token = await desk.mint('register', { host });
    await desk.registry.update(host.id, { arm: 'off' });
    await refused(token, await registration(MAC), notArmed);
    expect(desk.registry.get(host.id)).toMatchObject({ state: 'failed', reason: 'host node1 is not armed' });
  });
  it('by its serial: the second machine that shows it is refused', async () => {
    await declared('node1', { macs: [], serial: 'SN-1', arm: 'once' });
    await registered(await desk.mint('inventory'), await registration(MAC, { serial: 'SN-1' }));
    const [late, request] = [await desk.mint('inventory'), await registration(OTHER_MAC, { serial: 'SN-1' })];
    for (let n = 0; n < 2; n++) await refused(late, request, notArmed);
  });
});

describe('an unknown machine with an inventory token', () => {
  it('waits, is approved however late, and is registered', async () => {
    const token = await desk.mint('inventory', { mac: MAC });
    const request = await registration(MAC);
    const answer = await pending(token, request);
    expect(answer).toEqual({
      state: 'pending',
      retrySeconds: 5,
      message: 'host pending-525400000001 waits for approval',
    });
    const host = desk.registry.get('pending-525400000001');
    expect(host).toMatchObject({ state: 'pending', approved: false, inventory: { product: 'Standard PC' } });
    // A night: the token was good for 20 minutes, and the machine goes on asking.
    for (let hour = 0; hour < 12; hour++) {
      desk.pass(50 * 60);
      await pending(token, request);
    }
    expect(desk.registry.list()).toHaveLength(1);
    await desk.registry.update(host.id, { approved: true, name: 'node9' });
    await desk.registry.signal(host.id, 'approved', 'approved by a person');
    expect((await registered(token, request)).hostName).toBe('node9');
    expect(state(host)).toBe('registering');
  });
  it('that boots again stays one host', async () => {
    await pending(await desk.mint('inventory', { mac: MAC }), await registration(MAC));
    await pending(await desk.mint('inventory', { mac: MAC }), await registration(MAC));
    expect(desk.registry.list()).toHaveLength(1);
  });
  it('that turns out to be a host that is not armed is refused', async () => {
    await declared('node1', { macs: [OTHER_MAC], arm: 'off' });
    const request = await registration(MAC);
    request.inventory.nics.push({ ...request.inventory.nics[0]!, name: 'eth1', mac: OTHER_MAC });
    await refused(await desk.mint('inventory', { mac: MAC }), request, { status: 403, code: 'not-armed' });
  });
  it('that has the declared serial of an armed host is that host', async () => {
    await declared('node1', { macs: [], serial: 'SN-1' });
    const token = await desk.mint('inventory', { mac: MAC });
    expect((await registered(token, await registration(MAC, { serial: 'sn-1' }))).hostName).toBe('node1');
  });
  it('that fits several hosts is refused, and they are named', async () => {
    await declared('node1', { macs: [MAC] });
    await declared('node2', { macs: [OTHER_MAC], serial: 'SN-2' });
    const request = await registration(MAC, { serial: 'SN-2' });
    await refused(await desk.mint('inventory', { mac: MAC }), request, {
      status: 409,
      code: 'host-ambiguous',
      message: 'this machine fits several hosts: node1, node2',
      mend: expect.stringMatching(/^declare each MAC.*rackhand hosts set/),
    });
  });
  it('whose MAC two inventories have is refused instead of becoming a third', async () => {
    for (const [name, mac] of [
      ['node1', OTHER_MAC],
      ['node2', '52:54:00:00:00:03'],
    ] as const) {
      const host = await declared(name, { macs: [mac] });
      await desk.registry.update(host.id, { inventory: (await registration(MAC)).inventory });
    }
    await refused(await desk.mint('inventory', { mac: MAC }), await registration(MAC), {
      status: 409,
      code: 'host-ambiguous',
    });
    expect(desk.registry.list()).toHaveLength(2);
  });
});

describe('a machine paired by hand', () => {
  it('becomes the host that the code was opened for, armed or not', async () => {
    const host = await declared('node1', { arm: 'off' });
    const token = await desk.mint('pair', { host });
    expect((await registered(token, await registration(OTHER_MAC))).hostName).toBe('node1');
  });
  it('waits for approval when the code was for no host', async () => {
    await pending(await desk.mint('pair'), await registration(MAC));
  });
});

describe('a renewal', () => {
  const session = async (addresses = [PEER]) => {
    const host = await declared('node1');
    const request = await registration(MAC, { addresses });
    const first = await registered(await desk.mint('register', { host, mac: MAC }), request);
    return { host, csr: request.csr, first };
  };
  it('is a new certificate in the same session, whether its answer arrives or not', async () => {
    const { csr, first } = await session();
    const lost = await desk.enrolment.renew(first.sessionToken, csr, PEER);
    expect(certificate(lost).serialNumber).not.toBe(certificate(first).serialNumber);
    const second = await desk.enrolment.renew(first.sessionToken, csr, PEER);
    expect(second.sessionToken).toBe(first.sessionToken);
    expect(certificate(second).serialNumber).not.toBe(certificate(lost).serialNumber);
    expect((await desk.enrolment.session(first.sessionToken)).name).toBe('node1');
  });
  it('with another key is refused', async () => {
    const { first } = await session();
    await expect(desk.enrolment.renew(first.sessionToken, await freshRequest(), PEER)).rejects.toMatchObject({
      status: 403,
      code: 'key-changed',
    });
  });
  it('of a frozen host is refused', async () => {
    const { host, csr, first } = await session();
    await desk.registry.signal(host.id, 'contested', 'second claimant');
    await expect(desk.enrolment.renew(first.sessionToken, csr, PEER)).rejects.toMatchObject({
      status: 409,
      code: 'host-frozen',
    });
  });
  it('without a session is refused', async () => {
    await expect(desk.enrolment.renew('0'.repeat(32), await freshRequest(), PEER)).rejects.toMatchObject({
      status: 401,
      code: 'session-unknown',
    });
  });
});
