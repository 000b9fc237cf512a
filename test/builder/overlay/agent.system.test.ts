import { X509Certificate } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tlsSettings } from '../../../builder/configure/libvirt.ts';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { diagnose } from '../../../pxe-server/diagnose/diagnose.ts';
import { RefusalError } from '../../../pxe-server/enrol/refusal.ts';
import type { AgentFact } from '../../../pxe-server/trace/entry.ts';
import { type Link, makeLink } from '../../pxe-server/net/namespaces.ts';
import { factsAt } from '../../pxe-server/trace/steps.ts';
import { faketime } from '../../shared/faketime.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { type Machine, type MachineSpec, makeMachine } from './machine.ts';
import { startAgent, until, untilSaid } from './running.ts';
import { SHELLS } from './shell.ts';

const ADDRESS = '198.51.100.2';
const REFUSED = 77;

let link: Link;
let endpoint: Endpoint;
let machine: Machine;
let agent: Daemon;
let count = 0;

beforeAll(async () => {
  link = await makeLink(`${ADDRESS}/24`);
  endpoint = await openEndpoint(link);
});
afterAll(async () => {
  await endpoint?.close();
  await link?.remove();
});
afterEach(async () => {
  endpoint.beforeHeartbeat = () => undefined;
  await agent?.stop();
  await machine?.remove();
  for (const { id } of endpoint.registry.list()) await endpoint.registry.remove(id);
  expect(endpoint.faults).toEqual([]);
});

/** A machine with a MAC of its own, booted by a script that named the server and the token. */
async function boot(
  token: string,
  spec: MachineSpec = {},
  mac = freshMac(),
  files: Record<string, string> = {},
): Promise<void> {
  machine = await makeMachine({
    cmdline: `quiet ${endpoint.kernelArguments(token)}`,
    nics: [{ name: 'eth0', mac, carrier: true, device: { bus: 'virtio', vendor: '1af4', product: '1000' } }],
    ...spec,
  });
  for (const [path, text] of Object.entries(files)) await machine.write(path, text);
  agent = startAgent(link, machine);
}

function freshMac(): string {
  count += 1;
  return `52:54:00:00:00:${count.toString(16).padStart(2, '0')}`;
}

async function declared(arm: 'once' | 'always' = 'always') {
  const mac = freshMac();
  const host = await endpoint.registry.declare({ name: `node${count}`, macs: [mac], arm });
  return { mac, host, name: host.name, token: await endpoint.mint('register', { host, mac }) };
}

async function certificate(): Promise<X509Certificate> {
  return new X509Certificate(await machine.read('etc/pki/libvirt/servercert.pem'));
}
const beatsOf = (name: string) => endpoint.beats.filter((beat) => beat.host === name);
const current = (name: string) => endpoint.registry.get(name);

describe.each(SHELLS)('the agent, run by %s', (_name, shell) => {
  it('registers, lets the manager in and nobody else, and sends heartbeats', async () => {
    const { mac, name, token } = await declared('once');
    machine = await makeMachine({
      cmdline: `quiet ${endpoint.kernelArguments(token)}`,
      nics: [
        { name: 'eth0', mac, carrier: true, device: { bus: 'virtio', vendor: '1af4', product: '1000' } },
      ],
      disks: [{ name: 'vda', sectors: 2048 }],
    });
    await machine.write('etc/libvirt/libvirtd.conf', 'log_level = 3\nauth_tls = "sasl"\n');
    agent = startAgent(link, machine, shell);
    await until('two heartbeats', () => beatsOf(name)[1]);
    expect(await machine.said()).toEqual([`registered as ${name}; heartbeat every 1 s`]);
    expect(current(name)).toMatchObject({
      ...{ state: 'registering', managementAddress: ADDRESS, arm: 'off' },
      inventory: { firmware: 'bios', addresses: [ADDRESS], disks: [{ name: 'vda', size: 1048576 }] },
    });
    expect(beatsOf(name)[1]!.heartbeat).toMatchObject({
      ...{ uptime: 4711.42, load: 0.25, memoryAvailable: 1024, addresses: [ADDRESS] },
    });

    const pki = join(machine.root, 'etc/pki');
    const verify = ['openssl', 'verify', '-CAfile', join(endpoint.keys.folder, 'manager/cacert.pem')];
    await run([
      ...verify,
      '-purpose',
      'sslserver',
      '-verify_ip',
      ADDRESS,
      join(pki, 'libvirt/servercert.pem'),
    ]);
    await run([...verify, '-verify_hostname', name, join(pki, 'libvirt/servercert.pem')]);
    const key = await run(['openssl', 'pkey', '-in', join(pki, 'libvirt/private/serverkey.pem'), '-pubout']);
    expect((await certificate()).publicKey.export({ type: 'spki', format: 'pem' })).toBe(key.stdout);
    expect((await stat(join(pki, 'libvirt/private/serverkey.pem'))).mode & 0o777).toBe(0o600);
    expect(await machine.read('etc/pki/CA/cacert.pem')).toBe(endpoint.keys.holder.clientCa());
    expect(await machine.read('etc/libvirt/libvirtd.conf')).toBe(`log_level = 3
# rackhand begin
tls_allowed_dn_list = ["CN=rackhand-manager"]
tls_no_verify_certificate = 0
tls_no_sanity_certificate = 1
auth_tls = "none"
# rackhand end
`);
    expect(await machine.read('etc/hostname')).toBe(`${name}\n`);
    expect(await machine.read('proc/sys/kernel/hostname')).toBe(`${name}\n`);
    expect(await machine.commands()).toEqual([
      'systemctl stop libvirtd.service',
      'systemctl start libvirtd-tls.socket',
      'systemctl start libvirtd.service',
    ]); // the fixture's settings are for another manager: a running daemon reads them once
    expect((await stat(join(machine.root, 'run/rackhand/session.json'))).mode & 0o777).toBe(0o600);
    expect((await endpoint.story()).join()).not.toContain(token);
  });
});

describe('the agent', () => {
  it('hands its certificate to the running daemon when the image was built for this manager', async () => {
    const { name, token, mac } = await declared();
    const built = `log_level = 3\n${tlsSettings().join('\n')}\n`;
    await boot(token, {}, mac, { 'etc/libvirt/libvirtd.conf': built });
    await untilSaid(machine, `registered as ${name}`);
    expect(await machine.read('etc/libvirt/libvirtd.conf')).toBe(built);
    await until('three commands', async () => (await machine.commands())[2]);
    expect(await machine.commands()).toEqual([
      'systemctl -q is-active libvirtd-tls.socket',
      'systemctl start libvirtd.service',
      'timeout 120 virt-admin -q -c libvirtd:///system server-update-tls libvirtd',
    ]);
  });
  it('started again goes on with its session; without it the same key gets the same certificate, another freezes', async () => {
    const { name, token, mac } = await declared();
    await boot(token, {}, mac);
    await until('a heartbeat', () => beatsOf(name)[0]);
    const { serialNumber } = await certificate();
    await agent.stop();
    const beats = beatsOf(name).length;
    agent = startAgent(link, machine);
    await until('a further heartbeat', () => beatsOf(name)[beats]);
    expect((await machine.said()).filter((line) => line.startsWith('registered as'))).toHaveLength(1);
    await agent.stop();

    // A restart of a host that keeps its session: what libvirt lets in is what the image says again.
    await machine.write('etc/libvirt/libvirtd.conf', '# of the image\n');
    await machine.write('proc/sys/kernel/hostname', 'hypervisor\n');
    const before = beatsOf(name).length;
    agent = startAgent(link, machine);
    await until('a heartbeat after the restart', () => beatsOf(name)[before]);
    expect(await machine.read('etc/libvirt/libvirtd.conf')).toContain('tls_allowed_dn_list = ["');
    expect(await machine.read('proc/sys/kernel/hostname')).toBe(`${name}\n`);
    await agent.stop();

    await rm(join(machine.root, 'run/rackhand'), { recursive: true });
    await machine.write('dev/kmsg', '');
    agent = startAgent(link, machine);
    await untilSaid(machine, `registered as ${name}`);
    expect((await certificate()).serialNumber).toBe(serialNumber);
    await agent.stop();

    await rm(join(machine.root, 'run/rackhand'), { recursive: true });
    await rm(join(machine.root, 'etc/pki/libvirt/private/serverkey.pem'));
    agent = startAgent(link, machine);
    expect((await agent.exited).code).toBe(REFUSED);
    expect((await machine.said()).slice(-2)).toEqual([
      'stopped [token-claimed]: the token was already claimed with another key',
      'mend: a person has to look at the host and release it',
    ]);
    expect(current(name).state).toBe('frozen');
  });
  it('renews when its certificate ends soon and when its addresses change', async () => {
    const { name, token, mac, host } = await declared();
    await boot(token, {}, mac);
    await until('a heartbeat', () => beatsOf(name)[0]);
    const first = await certificate();
    const soon = new Date(endpoint.now().getTime() + 86400_000).toISOString();
    await endpoint.registry.update(host.id, { certificateNotAfter: soon });
    const second = await until('a new certificate', async () => {
      const now = await certificate();
      return now.serialNumber === first.serialNumber ? undefined : now;
    });
    await untilSaid(machine, 'renewing the certificate: the server asks for it');
    expect(second.publicKey.equals(first.publicKey)).toBe(true);
    await untilSaid(machine, 'certificate renewed');
    expect((await machine.commands()).at(-1)).toBe(
      'timeout 120 virt-admin -q -c libvirtd:///system server-update-tls libvirtd',
    );

    await link.client.run(['ip', 'address', 'add', '198.51.100.3/24', 'dev', link.clientDevice]);
    try {
      await untilSaid(machine, 'renewing the certificate: the addresses of this host changed');
      const third = await until('one more certificate', async () => {
        const now = await certificate();
        return now.serialNumber === second.serialNumber ? undefined : now;
      });
      // Whatever it has: the manager calls it where the service heard it.
      expect(third.subjectAltName).toBe(`DNS:${name}, IP Address:${ADDRESS}`);
    } finally {
      await link.client.run(['ip', 'address', 'delete', '198.51.100.3/24', 'dev', link.clientDevice]);
    }
    const beats = beatsOf(name).length;
    await until('a heartbeat in the same session', () => beatsOf(name)[beats]);
    expect((await machine.said()).filter((line) => line.startsWith('registered as'))).toHaveLength(1);
  });
  it('registers again when the server forgot its session, and not for a heartbeat that is refused', async () => {
    const { name, token, mac } = await declared();
    const registrations = async () =>
      (await machine.said()).filter((line) => line.startsWith('registered as')).length;
    await boot(token, {}, mac);
    await until('a heartbeat', () => beatsOf(name)[0]);
    await endpoint.store.deleteFrom('sessions').execute();
    await untilSaid(machine, 'the server no longer knows this session: no such session');
    const known = beatsOf(name).length;
    await until('a heartbeat in a new session', () => beatsOf(name)[known]);
    expect(await registrations()).toBe(2);

    let refusals = 3;
    endpoint.beforeHeartbeat = () => {
      if (refusals-- > 0) throw new RefusalError(400, 'request-invalid', 'load: too high', 'look');
    };
    const beats = beatsOf(name).length;
    await untilSaid(machine, 'the server refused a heartbeat: load: too high');
    await until('a heartbeat that is taken', () => beatsOf(name)[beats]);
    await untilSaid(machine, 'the server answers again; heartbeat every 1 s');
    expect(await registrations()).toBe(2);
  });
  it('waits for an address, then for a server that is down, says each once, and goes on', async () => {
    const { name, token, mac } = await declared();
    await endpoint.down();
    await link.client.run(['ip', 'address', 'delete', `${ADDRESS}/24`, 'dev', link.clientDevice]);
    try {
      await boot(token, {}, mac);
      await untilSaid(machine, 'waiting for the network: eth0 (link, no address)');
    } finally {
      await link.client.run(['ip', 'address', 'add', `${ADDRESS}/24`, 'dev', link.clientDevice]);
    }
    const waiting = await untilSaid(machine, `waiting for the server https://${endpoint.server}: `);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await machine.said()).slice(1)).toEqual([waiting]);
    await endpoint.up();
    await until('a heartbeat', () => beatsOf(name)[0]);
    await endpoint.down();
    await until('the same words again', async () =>
      (await machine.said()).filter((line) => line === waiting).length === 2 ? true : undefined,
    );
    await endpoint.up();
    await untilSaid(machine, 'the server answers again; heartbeat every 1 s');
    expect((await machine.said()).filter((line) => line === waiting)).toHaveLength(2);
  });
  it('of an unknown machine waits for approval, and then registers', async () => {
    const mac = freshMac();
    await boot(await endpoint.mint('inventory', { mac }), { efi: { secureBoot: true } }, mac);
    const name = `pending-${mac.replaceAll(':', '')}`;
    await untilSaid(machine, `waiting for approval: host ${name} waits for approval`);
    const host = current(name);
    expect(host).toMatchObject({ state: 'pending', inventory: { firmware: 'uefi', secureBoot: true } });
    await expect(certificate()).rejects.toMatchObject({ code: 'ENOENT' });
    await endpoint.registry.update(host.id, { approved: true, name: 'node-approved' });
    await endpoint.registry.signal(host.id, 'approved', 'approved by a person');
    await until('a heartbeat', () => beatsOf('node-approved')[0]);
  });
});

describe('the agent tells its time, by which the service knows why its certificate is not good', () => {
  /** What the service says of the boot, by all that it saw of the agent since then. */
  const diagnosed = (since: number) => {
    const trace = endpoint.steps.slice(since).map(({ at, fact }) => ({ at, fact }));
    return diagnose(trace, { ...factsAt(0), now: Date.now() });
  };
  it('with each request', async () => {
    const since = endpoint.steps.length;
    const { name, token, mac } = await declared();
    await boot(token, {}, mac);
    await until('a heartbeat', () => beatsOf(name)[0]);
    const facts = endpoint.steps.slice(since).map(({ fact }) => fact as AgentFact);
    expect(facts.map(({ step }) => step)).toEqual(['ca', 'registered']);
    for (const { clock } of facts) expect(Math.abs(clock!)).toBeLessThan(60);
  });
  // An expired certificate is an alert of its own; one of the future is only "bad", as that of another authority is.
  it.each([
    ['+900d', '900 days ahead', /certificate expired/],
    ['-900d', '900 days behind', /bad certificate/],
  ])('a clock of %s', async (shift, words, alert) => {
    const since = endpoint.steps.length;
    const { token, mac, name } = await declared();
    const nics = [{ name: 'eth0', mac, carrier: true }];
    machine = await makeMachine({ cmdline: `quiet ${endpoint.kernelArguments(token)}`, nics });
    agent = startAgent(link, machine, undefined, { LD_PRELOAD: await faketime(), FAKETIME: shift });
    await until('the alert', () =>
      endpoint.steps.slice(since).find(({ fact }) => fact.layer === 'agent' && fact.step === 'tls-failed'),
    );
    expect(diagnosed(since)).toEqual([
      expect.objectContaining({
        ...{ kind: 'clock-wrong', certainty: 'certain', effect: 'stops' },
        what: expect.stringContaining(`clock is ${words}`),
      }),
    ]);
    const failed = endpoint.steps.findLast(
      ({ fact }) => fact.layer === 'agent' && fact.step === 'tls-failed',
    )!;
    expect((failed.fact as AgentFact).message).toMatch(alert);
    expect(current(name).state).not.toBe('registering');
  });
});

describe('the agent stops with the reason', () => {
  async function stopped(): Promise<string[]> {
    expect((await agent.exited).code).toBe(REFUSED);
    await expect(certificate()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await machine.commands()).toEqual([]);
    return machine.said();
  }
  /** For a while the word of its token may be slower than the machine. */
  const EARLY = 'it answered with status 503';
  const BOOT_AGAIN = 'mend: boot the machine again; each boot gets a token of its own';

  it('when its token is wrong', async () => {
    await boot('f'.repeat(32));
    const waiting = await untilSaid(machine, EARLY);
    endpoint.pass(30);
    expect(await stopped()).toEqual([
      waiting,
      'stopped [token-unknown]: the token was not issued by this server',
      BOOT_AGAIN,
    ]);
  });
  it('when its token is late', async () => {
    const { host, mac } = await declared();
    await boot(await endpoint.mint('register', { host, mac, minutes: 0 }), {}, mac);
    const until = endpoint.now().toISOString();
    expect(await stopped()).toEqual([
      `stopped [token-expired]: the token was good until ${until}`,
      BOOT_AGAIN,
    ]);
  });
  it('when its token is that of another machine', async () => {
    const { token, mac, name } = await declared();
    await boot(token);
    expect(await stopped()).toEqual([
      `stopped [token-foreign]: the token belongs to the machine with MAC ${mac}`,
      BOOT_AGAIN,
    ]);
    expect(current(name).state).toBe('declared');
  });
  it('when the server has another authority', async () => {
    const { token } = await declared();
    const cmdline = endpoint
      .kernelArguments(token)
      .replace(/rackhand.ca=\S+/, `rackhand.ca=${'f'.repeat(64)}`);
    await boot(token, { cmdline });
    expect(await stopped()).toEqual([
      `stopped [ca-mismatch]: https://${endpoint.server} has another certificate authority than the one this boot was given`,
      'mend: check that rackhand.ca (or the fingerprint typed in) is that of this server',
    ]);
  });
  it('when nobody named a server; when what was typed is refused, and forgets it so that the console asks again', async () => {
    await boot('', { cmdline: 'quiet' });
    expect(await stopped()).toEqual(['no server on the kernel command line: the consoles ask for it']);
    const ca = endpoint.keys.holder.serviceCaFingerprint().slice(0, 32);
    const settings = `url=https://${endpoint.server}\nca=${ca}\ntoken=${'e'.repeat(32)}\n`;
    await machine.write('run/rackhand/settings', settings);
    agent = startAgent(link, machine);
    await untilSaid(machine, EARLY);
    endpoint.pass(30);
    expect((await stopped()).at(-2)).toBe('stopped [token-unknown]: the token was not issued by this server');
    await expect(machine.read('run/rackhand/settings')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
