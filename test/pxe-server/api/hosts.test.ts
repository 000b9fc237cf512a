import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostState } from '../../../pxe-server/hosts/model.ts';
import { canBeProved } from '../../../pxe-server/hosts/states.ts';
import { inventory } from '../hosts/inventory-fixture.ts';
import { openApi, refused, type TestApi } from './fixture.ts';

const MAC = '52:54:00:00:00:01';
const OTHER = '52:54:00:00:00:02';
let api: TestApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const names = () => api.registry.list().map((host) => host.name);
const story = async () => (await api.journal.list({})).map((event) => event.message);

describe('declare', () => {
  it('a host with all its fields', async () => {
    const declaration = {
      name: 'node1',
      macs: ['52-54-00-AA-00-01'],
      serial: 'S1',
      uuid: '4C4C4544-0042-4A10-8054-B4C04F4D4E31',
      ...{ image: 'lab', kickstart: 'minimal', rack: 'r1', unit: 12, address: '192.0.2.10' },
      kernelArguments: ['console=ttyS0'],
      arm: 'once',
    };
    const { status, body } = await api.call('POST', '/hosts', declaration);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...declaration,
      macs: ['52:54:00:aa:00:01'],
      uuid: '4c4c4544-0042-4a10-8054-b4c04f4d4e31',
      state: 'declared',
      approved: true,
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    expect(body).not.toHaveProperty('publicKey');
    expect((await api.call('GET', '/hosts/node1')).body).toEqual(body);
    expect((await api.call('GET', `/hosts/${body.id}`)).body).toEqual(body);
    expect((await api.call('GET', '/hosts')).body).toEqual({ hosts: [body] });
  });
  it('what its installer alone may read is told to nobody', async () => {
    const root = { passwordHash: '$6$salt$abcdefghijklmnop' };
    const { status, body } = await api.call('POST', '/hosts', { name: 'node1', install: { root } });
    expect([status, body.install]).toEqual([200, undefined]);
    expect((await api.call('GET', '/hosts')).body).toEqual({ hosts: [body] });
  });
  it.each([
    ['MAC', { name: 'node2', macs: [MAC] }, /MAC 52:54:00:00:00:01, wanted for node2, belongs to host node1/],
    ['serial, in whatever case', { name: 'node2', serial: 's-1' }, /serial S-1.*node1/],
    ['UUID', { name: 'node2', uuid: '4c4c4544-0042-4a10-8054-b4c04f4d4e31' }, /UUID 4c4c.*node1/],
    ['address', { name: 'node2', address: '192.0.2.10' }, /address 192\.0\.2\.10.*node1/],
    ['name', { name: 'node1', macs: [OTHER] }, /name node1 belongs to a host that exists/],
  ])('with the %s of another is refused', async (_what, declaration, message) => {
    await api.call('POST', '/hosts', {
      ...{ name: 'node1', macs: [MAC], serial: 'S-1', address: '192.0.2.10' },
      uuid: '4c4c4544-0042-4a10-8054-b4c04f4d4e31',
    });
    expect(await api.call('POST', '/hosts', declaration)).toMatchObject(
      refused(409, 'host-collides', message, /remove node1|rackhand hosts set node1/),
    );
    expect(names()).toEqual(['node1']);
    expect(api.registry.get('node1').macs).toEqual([MAC]);
  });
  it('with the MAC of a waiting machine: it is that machine', async () => {
    const { id } = await api.registry.addPending(MAC, [MAC]);
    const { status, body } = await api.call('POST', '/hosts', { name: 'node1', macs: [MAC], arm: 'once' });
    expect([status, body.id, body.approved]).toEqual([200, id, true]);
    expect(names()).toEqual(['node1']);
  });
  it('with an unknown image is refused, and the images there are are named', async () => {
    expect(await api.call('POST', '/hosts', { name: 'node1', image: 'absent' })).toMatchObject(
      refused(404, 'image-absent', /no image absent/, /lab \(0123456789abcdef\)/),
    );
    expect(await api.call('POST', '/hosts', { name: 'node1', image: '0' })).toMatchObject(
      refused(404, 'image-absent', /no image 0/, /lab/),
    );
    expect(names()).toEqual([]);
    for (const image of ['lab', '0123456789abcdef', '01234'])
      expect((await api.call('POST', '/hosts', { name: `n-${image}`, image })).status).toBe(200);
  });
  it.each([
    [{}, /name/],
    [{ name: 'n', kickstart: 'a\nchain http://198.51.100.66/' }, /kickstart/],
    [{ name: 'n', installer: '../el9' }, /installer/],
    [{ name: 'UPPER' }, /name.*DNS name/],
    [{ name: 'n', colour: 'red' }, /colour/],
    [{ name: 'n', macs: ['zz'] }, /macs.*MAC address/],
    [{ name: 'n', image: '' }, /image/],
    [{ name: 'n', unit: 0 }, /unit/],
    [{ name: 'n', kernelArguments: ['a b'] }, /kernelArguments.*without blanks/],
    [{ name: 'n', kernelArguments: ['a$(reboot)'] }, /kernelArguments/],
  ])('%j is refused', async (body, message) => {
    expect(await api.call('POST', '/hosts', body)).toMatchObject(
      refused(400, 'request-invalid', message, /openapi/),
    );
  });
});

describe('import', () => {
  const csv = (text: string) => api.call('POST', '/hosts/import', { format: 'csv', text, name: 'rack1.csv' });

  it('CSV declares new hosts, replaces known ones and leaves equal ones alone', async () => {
    expect((await csv(`name,macs,rack\nnode1,${MAC},r1\nnode2,${OTHER},r1\n`)).body).toEqual({
      declared: ['node1', 'node2'],
      replaced: [],
      unchanged: [],
    });
    await api.registry.update(api.registry.get('node2').id, { inventory: inventory() });
    expect((await csv(`name,macs,rack\nnode1,${MAC},r1\nnode2,${OTHER},\nnode3,,r1\n`)).body).toEqual({
      declared: ['node3'],
      replaced: ['node2'],
      unchanged: ['node1'],
    });
    expect(api.registry.get('node2').rack).toBeUndefined();
    expect(api.registry.get('node2').inventory).toEqual(inventory());
    expect(await story()).toEqual(['declared', 'declared', 'declaration replaced', 'declared']);
  });
  it('YAML declares hosts', async () => {
    const text = `hosts:\n  - name: node1\n    macs: ["${MAC}"]\n    arm: always\n`;
    expect((await api.call('POST', '/hosts/import', { format: 'yaml', text })).body.declared).toEqual([
      'node1',
    ]);
    expect(api.registry.get('node1')).toMatchObject({ macs: [MAC], arm: 'always' });
  });
  it.each([
    [
      'a collision with a known host',
      `name,macs\nnode1,${OTHER}\nnode2,${MAC}\n`,
      409,
      'host-collides',
      /known/,
    ],
    ['a serial used twice in the file', 'name,serial\nnode1,S\nnode2,s\n', 409, 'host-collides', /node1/],
    [
      'an address used twice',
      'name,address\na,192.0.2.1\nb,192.0.2.1\n',
      409,
      'host-collides',
      /192\.0\.2\.1/,
    ],
    ['an unknown image', 'name,image\nnode1,lab\nnode2,absent\n', 404, 'image-absent', /absent/],
    ['a bad line', 'name,macs\nnode1,\nnode2,zz\n', 422, 'hosts-invalid', /^rack1\.csv:3: macs/],
    ['a MAC used twice', `name,macs\na,${OTHER}\nb,${OTHER}\n`, 422, 'hosts-invalid', /used by a and b/],
  ])('%s half-way: nothing of the file is declared', async (_what, text, status, code, message) => {
    await api.call('POST', '/hosts', { name: 'known', macs: [MAC] });
    const before = await story();
    expect(await csv(text)).toMatchObject(refused(status, code, message, /./));
    expect(names()).toEqual(['known']);
    expect(await api.store.selectFrom('hosts').select('name').execute()).toEqual([{ name: 'known' }]);
    expect(await story()).toEqual(before);
  });
  it('a MAC may move from one host to another within a file', async () => {
    await csv(`name,macs\nnode1,${MAC}\nnode2,${OTHER}\n`);
    expect((await csv(`name,macs\nnode1,${OTHER}\nnode2,${MAC}\n`)).body.replaced).toEqual([
      'node1',
      'node2',
    ]);
    expect(api.registry.get('node1').macs).toEqual([OTHER]);
  });
  it('what cannot be stored is not declared either', async () => {
    await api.store.schema.dropTable('hosts').execute();
    expect((await csv('name\nnode1\nnode2\n')).status).toBe(500);
    expect(names()).toEqual([]);
  });
  it('5,000 hosts, twice', async () => {
    const mac = (i: number) =>
      `52:54:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
    const lines = Array.from({ length: 5000 }, (_, i) => `node${i},${mac(i)}`);
    expect((await csv(`name,macs\n${lines.join('\n')}\n`)).body.declared).toHaveLength(5000);
    expect((await csv(`name,macs\n${lines.join('\n')}\n`)).body.unchanged).toHaveLength(5000);
    expect((await api.call('GET', '/overview')).body.hosts).toHaveLength(5000);
  }, 30_000);
});

describe('change', () => {
  beforeEach(() => api.call('POST', '/hosts', { name: 'node1', macs: [MAC], rack: 'r1', serial: 'S1' }));

  it('only what is named changes; null takes a field away', async () => {
    const { body } = await api.call('PATCH', '/hosts/node1', { unit: 7, rack: null });
    expect(body).toMatchObject({ name: 'node1', macs: [MAC], serial: 'S1', unit: 7, arm: 'off' });
    expect(body).not.toHaveProperty('rack');
    expect((await story()).at(-1)).toBe('changed by a person: rack none, unit 7');
  });
  it('nothing is no change and no event', async () => {
    const before = await story();
    expect((await api.call('PATCH', '/hosts/node1', {})).status).toBe(200);
    expect(await story()).toEqual(before);
  });
  it('to what another host has is refused and leaves no trace', async () => {
    await api.call('POST', '/hosts', { name: 'node2', macs: [OTHER] });
    const before = await story();
    for (const change of [{ macs: [OTHER] }, { name: 'node2' }])
      expect(await api.call('PATCH', '/hosts/node1', change)).toMatchObject(
        refused(409, 'host-collides', /node2/, /node2/),
      );
    expect(api.registry.get('node1').macs).toEqual([MAC]);
    expect(await story()).toEqual(before);
  });
  it('to the MAC of a waiting machine is refused: the mend says how to make way', async () => {
    const { name } = await api.registry.addPending(OTHER, [OTHER]);
    expect(await api.call('PATCH', '/hosts/node1', { macs: [MAC, OTHER] })).toMatchObject(
      refused(409, 'host-collides', /pending-525400000002/, /rackhand hosts remove pending-525400000002/),
    );
    await api.call('DELETE', `/hosts/${name}`);
    expect((await api.call('PATCH', '/hosts/node1', { macs: [MAC, OTHER] })).status).toBe(200);
  });
  it('to an unknown image is refused', async () => {
    expect(await api.call('PATCH', '/hosts/node1', { image: 'absent' })).toMatchObject(
      refused(404, 'image-absent', /absent/, /lab/),
    );
  });
  it('of what only the service decides is refused', async () => {
    for (const change of [
      { state: 'up' },
      { approved: true },
      { publicKey: 'x' },
      { name: null },
      { id: 'x' },
    ])
      expect((await api.call('PATCH', '/hosts/node1', change)).body.code).toBe('request-invalid');
  });
  it('of the arming of a machine that nobody approved is refused', async () => {
    const { id } = await api.registry.addPending(OTHER, [OTHER]);
    expect(await api.call('PATCH', `/hosts/${id}`, { arm: 'always' })).toMatchObject(
      refused(409, 'state-wrong', /not approved/, /hosts approve/),
    );
  });
});

describe('approve', () => {
  it('a pending machine gets its name, image and arming', async () => {
    const { id } = await api.registry.addPending(MAC, [MAC]);
    const { body } = await api.call('POST', `/hosts/${id}/approve`, {
      name: 'node1',
      image: 'lab',
      arm: 'once',
    });
    expect(body).toMatchObject({
      id,
      name: 'node1',
      image: 'lab',
      arm: 'once',
      approved: true,
      state: 'discovered',
    });
    expect(await story()).toContain('approved by a person, armed: once');
  });
  it('without a wish it boots the default image at every boot', async () => {
    const { id } = await api.registry.addPending(MAC, [MAC]);
    expect((await api.call('POST', `/hosts/${id}/approve`, {})).body).toMatchObject({ arm: 'always' });
  });
  it('a name that is taken or an unknown image is refused, and the machine goes on waiting', async () => {
    await api.call('POST', '/hosts', { name: 'node1' });
    const { id } = await api.registry.addPending(MAC, [MAC]);
    expect((await api.call('POST', `/hosts/${id}/approve`, { name: 'node1' })).body.code).toBe(
      'host-collides',
    );
    expect((await api.call('POST', `/hosts/${id}/approve`, { image: 'no' })).body.code).toBe('image-absent');
    expect(api.registry.get(id)).toMatchObject({ approved: false, state: 'pending' });
  });
  it('an approved host is left as it is', async () => {
    await api.call('POST', '/hosts', { name: 'node1', arm: 'once' });
    expect(await api.call('POST', '/hosts/node1/approve', {})).toMatchObject(
      refused(409, 'state-wrong', /approved already/, /arm/),
    );
    expect(api.registry.get('node1').arm).toBe('once');
  });
  it('a frozen machine has to be released first', async () => {
    const { id } = await api.registry.addPending(MAC, [MAC]);
    await api.registry.signal(id, 'contested', 'two claimants');
    expect(await api.call('POST', `/hosts/${id}/approve`, {})).toMatchObject(
      refused(409, 'state-wrong', /frozen/, /release/),
    );
  });
});

describe('arm, release, prove', () => {
  it('arm: off, once or always, and nothing else', async () => {
    await api.call('POST', '/hosts', { name: 'node1' });
    for (const arm of ['once', 'always', 'off']) {
      expect((await api.call('POST', '/hosts/node1/arm', { arm })).body.arm).toBe(arm);
      expect((await story()).at(-1)).toBe(`armed by a person: ${arm}`);
    }
    for (const body of [{ arm: 'twice' }, {}, undefined])
      expect((await api.call('POST', '/hosts/node1/arm', body)).body.code).toBe('request-invalid');
  });
  it('arm: a machine that nobody approved is refused', async () => {
    const { id } = await api.registry.addPending(MAC, [MAC]);
    expect(await api.call('POST', `/hosts/${id}/arm`, { arm: 'once' })).toMatchObject(
      refused(409, 'state-wrong', /not approved/, /approve/),
    );
  });
  it('release: a frozen host is back, any other is refused', async () => {
    const { body } = await api.call('POST', '/hosts', { name: 'node1' });
    expect(await api.call('POST', '/hosts/node1/release')).toMatchObject(
      refused(409, 'state-wrong', /is declared, neither frozen nor failed/, /nothing/),
    );
    await api.registry.signal(body.id, 'booted', 'booted');
    await api.registry.signal(body.id, 'contested', 'two claimants');
    expect((await api.call('POST', '/hosts/node1/release')).body).toMatchObject({
      state: 'discovered',
      reason: 'released by a person',
    });
  });
  it('release: a frozen machine that nobody approved waits for approval again', async () => {
    const { id } = await api.registry.addPending(MAC, [MAC]);
    await api.registry.signal(id, 'contested', 'two claimants');
    expect((await api.call('POST', `/hosts/${id}/release`)).body).toMatchObject({
      state: 'pending',
      approved: false,
    });
    expect((await api.call('POST', `/hosts/${id}/approve`, {})).body.state).toBe('discovered');
  });
  it('prove: a host that never registered is refused', async () => {
    await api.call('POST', '/hosts', { name: 'node1' });
    expect(await api.call('POST', '/hosts/node1/probe')).toMatchObject(
      refused(409, 'state-wrong', /never registered/, /boot/),
    );
  });
  it.each(HostState.options)('prove: what can be done with a host that is %s', async (state) => {
    const { body } = await api.call('POST', '/hosts', { name: 'node1' });
    await api.registry.update(body.id, { state, managementAddress: '192.0.2.9' });
    const answer = await api.call('POST', '/hosts/node1/probe');
    if (canBeProved(state)) expect(answer).toMatchObject({ status: 200, body: { state } });
    else expect(answer).toMatchObject(refused(409, 'state-wrong', new RegExp(`node1 is ${state}`), /./));
    expect(api.probed).toEqual(canBeProved(state) ? ['node1'] : []);
  });
});

describe('remove', () => {
  it('the host, its sessions, tokens, certificates and pairing codes', async () => {
    const { id } = (await api.call('POST', '/hosts', { name: 'node1', macs: [MAC] })).body;
    const expiresAt = '2026-01-01T01:00:00.000Z';
    const claim = { publicKey: null, claimedAt: null, revoked: 0 };
    const token = { hash: 'h', purpose: 'register' as const, hostId: id, mac: MAC, expiresAt, ...claim };
    await api.store.insertInto('tokens').values(token).execute();
    await api.store.insertInto('sessions').values({ hash: 's', hostId: id, createdAt: expiresAt }).execute();
    const { code } = (await api.call('POST', '/pairing', { host: 'node1' })).body;

    expect((await api.call('DELETE', '/hosts/node1')).body).toEqual({ removed: 'node1' });
    expect((await api.call('GET', `/hosts/${id}`)).status).toBe(404);
    expect(await api.store.selectFrom('tokens').select('revoked').execute()).toEqual([{ revoked: 1 }]);
    expect(await api.store.selectFrom('sessions').selectAll().execute()).toEqual([]);
    expect(await api.store.selectFrom('hosts').selectAll().execute()).toEqual([]);
    expect(api.pairing.redeem(code, 20)).toBeUndefined();
    expect((await story()).at(-1)).toBe('node1 removed');
    expect((await api.call('POST', '/hosts', { name: 'node1', macs: [MAC] })).status).toBe(200);
  });
});

it.each([
  ['GET', '/hosts/absent'],
  ['PATCH', '/hosts/absent', {}],
  ['DELETE', '/hosts/absent'],
  ['POST', '/hosts/absent/approve', {}],
  ['POST', '/hosts/absent/arm', { arm: 'once' }],
  ['POST', '/hosts/absent/release'],
  ['POST', '/hosts/absent/probe'],
  ['GET', '/events?host=absent'],
  ['GET', '/events/stream?host=absent'],
  ['POST', '/pairing', { host: 'absent' }],
] as const)('%s %s: an unknown host', async (method, path, body?: unknown) => {
  expect(await api.call(method, path, body)).toMatchObject(
    refused(404, 'host-absent', /no host absent/, /rackhand hosts list/),
  );
});
