import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApi, refused, type TestApi } from './fixture.ts';

/** Which declarations are refused and why is in ../boot/offer.test.ts; here: that every way to declare asks. */
const MAC = '52:54:00:00:00:01';
let api: TestApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const names = () => api.registry.list().map((host) => host.name);

describe('a new host', () => {
  it('with an unknown kickstart is refused, naming the nearest', async () => {
    expect(await api.call('POST', '/hosts', { name: 'node1', kickstart: 'instal' })).toMatchObject(
      refused(404, 'kickstart-absent', /no kickstart template instal/, /did you mean install\?/),
    );
    for (const kickstart of ['install', 'install.ks.njk'])
      expect((await api.call('POST', '/hosts', { name: `n-${kickstart}`, kickstart })).status).toBe(200);
  });
  it('with a kickstart is refused where there is no installer', async () => {
    api.offer.installers = [];
    expect(await api.call('POST', '/hosts', { name: 'node1', kickstart: 'install' })).toMatchObject(
      refused(409, 'installer-absent', /no installer configured/, /configuration \(installers\)/),
    );
    expect(names()).toEqual([]);
  });
  it('for Secure Boot is refused where the signed loaders are missing', async () => {
    const declaration = { name: 'node1', macs: [MAC], secureBoot: true };
    api.offer.signedLoaders = false;
    expect(await api.call('POST', '/hosts', declaration)).toMatchObject(
      refused(409, 'secure-boot-impossible', /shimx64\.efi/, /shim-signed/),
    );
    api.offer.signedLoaders = true;
    expect((await api.call('POST', '/hosts', declaration)).body).toMatchObject({ secureBoot: true });
  });
  it('with an address outside of every subnet is refused', async () => {
    expect(await api.call('POST', '/hosts', { name: 'node1', address: '203.0.113.9' })).toMatchObject(
      refused(422, 'address-outside', /203\.0\.113\.9 is in no subnet/, /192\.0\.2\.0\/24/),
    );
  });
});

it.each([
  ['an unknown kickstart', 'name,kickstart\na,install\nb,x\n', 404, 'kickstart-absent', /template x/],
  ['an address of elsewhere', 'name,address\na,\nb,203.0.113.9\n', 422, 'address-outside', /host b/],
  ['neither yes nor no', 'name,secureBoot\na,yes\nb,maybe\n', 422, 'hosts-invalid', /:3: secureBoot/],
])('a file with %s: nothing of it is declared', async (_what, text, status, code, message) => {
  expect(await api.call('POST', '/hosts/import', { format: 'csv', text, name: 'rack1.csv' })).toMatchObject(
    refused(status, code, message, /./),
  );
  expect(names()).toEqual([]);
});

describe('a host that is there', () => {
  beforeEach(() => api.call('POST', '/hosts', { name: 'node1', macs: [MAC] }));

  it('changed to what would not boot is refused; what was so before hinders no other change', async () => {
    await api.call('PATCH', '/hosts/node1', { kickstart: 'install' });
    api.offer.installers = [];
    expect((await api.call('PATCH', '/hosts/node1', { rack: 'r2' })).status).toBe(200);
    expect((await api.call('PATCH', '/hosts/node1', { arm: 'once' })).body.code).toBe('installer-absent');
    expect((await api.call('PATCH', '/hosts/node1', { arm: 'off' })).status).toBe(200);
    expect((await api.call('PATCH', '/hosts/node1', { kickstart: 'minimal' })).body.code).toBe(
      'installer-absent',
    );
    expect((await api.call('PATCH', '/hosts/node1', { address: '203.0.113.9' })).body.code).toBe(
      'address-outside',
    );
    expect((await api.call('PATCH', '/hosts/node1', { kickstart: null, arm: 'once' })).status).toBe(200);
  });
  it('with settings of its installation is answered without them: hashes of passwords are among them', async () => {
    const install = { root: { passwordHash: `$6$salt$${'a'.repeat(86)}` } };
    const made = await api.call('POST', '/hosts', { name: 'node2', install });
    const changed = await api.call('PATCH', '/hosts/node1', { install });
    const all = await api.call('GET', '/hosts');
    expect([made, changed, all].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(JSON.stringify([made.body, changed.body, all.body, await api.journal.list({})])).not.toContain(
      '$6$',
    );
    expect(api.registry.get('node1').install).toMatchObject(install);
  });
  it("an address that is the server's own is refused, and says whose it is", async () => {
    api.offer.notGiven = [{ address: '192.0.2.1', what: "this server's own" }];
    expect(await api.call('PATCH', '/hosts/node1', { address: '192.0.2.1' })).toMatchObject(
      refused(422, 'address-taken', /192\.0\.2\.1 is this server's own/, /choose another one/),
    );
  });
  it('with the longest name that there may be is found by it', async () => {
    const name = Array.from({ length: 4 }, () => 'a'.repeat(62)).join('.');
    expect((await api.call('POST', '/hosts', { name })).status).toBe(200);
    expect((await api.call('GET', `/hosts/${name}`)).body.name).toBe(name);
  });
  it('arm: a host that would not boot as declared is refused; it can be disarmed', async () => {
    await api.call('PATCH', '/hosts/node1', { kickstart: 'install', arm: 'once' });
    api.offer.installers = [];
    expect(await api.call('POST', '/hosts/node1/arm', { arm: 'always' })).toMatchObject(
      refused(409, 'installer-absent', /no installer/, /installers/),
    );
    expect((await api.call('POST', '/hosts/node1/arm', { arm: 'off' })).body.arm).toBe('off');
  });
});

it('approve: with the name of an image that fits none is refused, and the machine goes on waiting', async () => {
  const { id } = await api.registry.addPending(MAC, [MAC]);
  expect((await api.call('POST', `/hosts/${id}/approve`, { image: '0' })).body.code).toBe('image-absent');
  expect(api.registry.get(id)).toMatchObject({ approved: false, state: 'pending' });
});
