import { describe, expect, it } from 'vitest';
import { deskOfEachTest, MAC, OTHER_MAC, PEER } from './counter.ts';
import { freshRequest, registration } from './request.ts';

const { certificate, clientCa, declared, desk, pending, refused, registered, state } = deskOfEachTest();

describe('a host with a token of its boot', () => {
  it('gets a certificate for its name and the address it came from, and goes to the manager', async () => {
    const host = await declared('node1', { arm: 'once' });
    const token = await desk().mint('register', { host, mac: MAC });
    const answer = await registered(token, await registration(MAC, { addresses: [PEER, '2001:db8::10'] }));
    expect(answer).toMatchObject({
      hostId: host.id,
      hostName: 'node1',
      managerDn: 'CN=rackhand-manager',
      heartbeatSeconds: 10,
      clientCa: clientCa(),
    });
    expect(certificate(answer).subjectAltName).toBe('DNS:node1, IP Address:192.0.2.10');
    expect(desk().registered).toEqual(['node1']);
    expect(desk().registry.get(host.id)).toMatchObject({
      state: 'registering',
      managementAddress: PEER,
      arm: 'off',
      certificateNotAfter: certificate(answer).validToDate.toISOString(),
    });
    expect((await desk().enrolment.session(answer.sessionToken)).id).toBe(host.id);
  });
  it('names no address that it only claims to have, whoever has it', async () => {
    const other = await declared('node2', { macs: [OTHER_MAC], address: '192.0.2.7' });
    await desk().registry.update(other.id, { managementAddress: '192.0.2.8' });
    const host = await declared('node1');
    const addresses = ['192.0.2.1', '192.0.2.7', '192.0.2.8', '192.0.2.9', PEER];
    const request = await registration(MAC, { addresses });
    const answer = await registered(await desk().mint('register', { host, mac: MAC }), request);
    expect(certificate(answer).subjectAltName).toBe('DNS:node1, IP Address:192.0.2.10');
    const renewed = await desk().enrolment.renew(answer.sessionToken, request.csr, '192.0.2.99');
    expect(certificate(renewed).subjectAltName).toBe('DNS:node1, IP Address:192.0.2.99');
  });
  it('gets the same certificate again when the answer was lost, and is passed on once', async () => {
    const host = await declared('node1');
    const token = await desk().mint('register', { host, mac: MAC });
    const request = await registration(MAC);
    const [first, second] = [await registered(token, request), await registered(token, request)];
    expect(second.certificate).toBe(first.certificate);
    expect(desk().registered).toEqual(['node1']);
    await expect(desk().enrolment.session(first.sessionToken)).rejects.toMatchObject({ status: 401 });
    expect((await desk().enrolment.session(second.sessionToken)).name).toBe('node1');
  });
  it('whose old certificate ends soon gets a new one when it boots with the same key', async () => {
    const host = await declared('node1');
    const request = await registration(MAC);
    const first = await registered(await desk().mint('register', { host, mac: MAC }), request);
    desk().pass(25 * 24 * 3600);
    const again = await registered(await desk().mint('register', { host, mac: MAC }), request);
    expect(again.certificate).not.toBe(first.certificate);
  });
  it('that was removed meanwhile is refused', async () => {
    const host = await declared('node1');
    const token = await desk().mint('register', { host, mac: MAC });
    await desk().registry.remove(host.id);
    await refused(token, await registration(MAC), { status: 401, code: 'token-revoked' });
  });
});

describe('an unknown machine with an inventory token', () => {
  it('waits, is approved however late, and is registered', async () => {
    const token = await desk().mint('inventory', { mac: MAC });
    const request = await registration(MAC);
    const answer = await pending(token, request);
    expect(answer).toEqual({
      state: 'pending',
      retrySeconds: 5,
      message: 'host pending-525400000001 waits for approval',
    });
    const host = desk().registry.get('pending-525400000001');
    expect(host).toMatchObject({ state: 'pending', approved: false, inventory: { product: 'Standard PC' } });
    // A night: the token was good for 20 minutes, and the machine goes on asking.
    for (let hour = 0; hour < 12; hour++) {
      desk().pass(50 * 60);
      await pending(token, request);
    }
    expect(desk().registry.list()).toHaveLength(1);
    await desk().registry.update(host.id, { approved: true, name: 'node9' });
    await desk().registry.signal(host.id, 'approved', 'approved by a person');
    expect((await registered(token, request)).hostName).toBe('node9');
    expect(state(host)).toBe('registering');
  });
  it('that boots again stays one host', async () => {
    await pending(await desk().mint('inventory', { mac: MAC }), await registration(MAC));
    await pending(await desk().mint('inventory', { mac: MAC }), await registration(MAC));
    expect(desk().registry.list()).toHaveLength(1);
  });
  it('that turns out to be a host that is not armed is refused', async () => {
    await declared('node1', { macs: [OTHER_MAC], arm: 'off' });
    const request = await registration(MAC);
    request.inventory.nics.push({ ...request.inventory.nics[0]!, name: 'eth1', mac: OTHER_MAC });
    await refused(await desk().mint('inventory', { mac: MAC }), request, { status: 403, code: 'not-armed' });
  });
  it('that has the declared serial of an armed host is that host', async () => {
    await declared('node1', { macs: [], serial: 'SN-1' });
    const token = await desk().mint('inventory', { mac: MAC });
    expect((await registered(token, await registration(MAC, { serial: 'sn-1' }))).hostName).toBe('node1');
  });
  it('that fits several hosts is refused, and they are named', async () => {
    await declared('node1', { macs: [MAC] });
    await declared('node2', { macs: [OTHER_MAC], serial: 'SN-2' });
    const request = await registration(MAC, { serial: 'SN-2' });
    await refused(await desk().mint('inventory', { mac: MAC }), request, {
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
      await desk().registry.update(host.id, { inventory: (await registration(MAC)).inventory });
    }
    await refused(await desk().mint('inventory', { mac: MAC }), await registration(MAC), {
      status: 409,
      code: 'host-ambiguous',
    });
    expect(desk().registry.list()).toHaveLength(2);
  });
});

it('more unknown machines than may wait are sent away until one is gone', async () => {
  const macs = [1, 2, 3, 4].map((n) => `52:54:00:00:01:0${n}`);
  for (const mac of macs.slice(0, 3))
    await pending(await desk().mint('inventory', { mac }), await registration(mac));
  const [token, request] = [await desk().mint('inventory', { mac: macs[3]! }), await registration(macs[3]!)];
  await refused(token, request, { status: 503, code: 'pending-full' });
  desk().pass(60);
  await pending(token, request);
  expect(
    desk()
      .registry.list()
      .map((host) => host.macs[0]),
  ).toEqual(macs.slice(1));
});

describe('a machine paired by hand', () => {
  it('becomes the host that the code was opened for, armed or not', async () => {
    const host = await declared('node1', { arm: 'off' });
    const token = await desk().mint('pair', { host });
    expect((await registered(token, await registration(OTHER_MAC))).hostName).toBe('node1');
  });
  it('waits for approval when the code was for no host', async () => {
    await pending(await desk().mint('pair'), await registration(MAC));
  });
});

describe('a renewal', () => {
  const session = async (addresses = [PEER]) => {
    const host = await declared('node1');
    const request = await registration(MAC, { addresses });
    const first = await registered(await desk().mint('register', { host, mac: MAC }), request);
    return { host, csr: request.csr, first };
  };
  it('is a new certificate in the same session, whether its answer arrives or not', async () => {
    const { csr, first } = await session();
    const lost = await desk().enrolment.renew(first.sessionToken, csr, PEER);
    expect(certificate(lost).serialNumber).not.toBe(certificate(first).serialNumber);
    const second = await desk().enrolment.renew(first.sessionToken, csr, PEER);
    expect(second.sessionToken).toBe(first.sessionToken);
    expect(certificate(second).serialNumber).not.toBe(certificate(lost).serialNumber);
    expect((await desk().enrolment.session(first.sessionToken)).name).toBe('node1');
  });
  it('with another key is refused', async () => {
    const { first } = await session();
    await expect(
      desk().enrolment.renew(first.sessionToken, await freshRequest(), PEER),
    ).rejects.toMatchObject({
      status: 403,
      code: 'key-changed',
    });
  });
  it('of a frozen host is refused', async () => {
    const { host, csr, first } = await session();
    await desk().registry.signal(host.id, 'contested', 'second claimant');
    await expect(desk().enrolment.renew(first.sessionToken, csr, PEER)).rejects.toMatchObject({
      status: 409,
      code: 'host-frozen',
    });
  });
  it('without a session is refused', async () => {
    await expect(desk().enrolment.renew('0'.repeat(32), await freshRequest(), PEER)).rejects.toMatchObject({
      status: 401,
      code: 'session-unknown',
    });
  });
});
