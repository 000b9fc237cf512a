import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyHolder, openKeyHolder } from '../../../pxe-server/keyholder/keyholder.ts';
import { DOMAIN_PREFIX, POOLS } from '../../../pxe-server/manager/guest.ts';
import { type ProbeStep, probeHost, probeOutcome } from '../../../pxe-server/manager/probe.ts';
import { type VirshTarget, virsh } from '../../../pxe-server/manager/virsh.ts';
import { requestByOpenssl } from '../keyholder/openssl.ts';
import { type LibvirtdFiles, type PrivateLibvirtd, startLibvirtd } from './private-libvirtd.ts';

const NONCE = '0123456789abcdef0123456789abcdef';

let folder: string;
let own: Service;
let other: Service;
let files: LibvirtdFiles;

interface Service {
  holder: KeyHolder;
  /** Folder for libvirt's pkipath=. */
  pki: string;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-probe-test-'));
  own = await service('own');
  other = await service('other');
  files = await hostFiles(['127.0.0.1']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function service(name: string): Promise<Service> {
  const holder = await openKeyHolder({ folder: join(folder, name) });
  return { holder, pki: join(folder, name, 'manager') };
}

/** What a host has after its registration with our own service. */
async function hostFiles(addresses: string[]): Promise<LibvirtdFiles> {
  const { key, csr } = await requestByOpenssl();
  const { certificate } = await own.holder.signHost({ csr, hostName: 'node1', addresses });
  return { key, certificate, clientCa: own.holder.clientCa(), allowedDn: own.holder.managerDn() };
}

/** A folder for pkipath= with the certificate authority of one service and the manager of another. */
async function mixed(name: string, authority: Service, manager: Service): Promise<string> {
  const path = join(folder, name);
  await cp(manager.pki, path, { recursive: true });
  await cp(join(authority.pki, 'cacert.pem'), join(path, 'cacert.pem'));
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Given {
  pki?: string;
  signal?: AbortSignal;
  connectTimeout?: number;
  consoleTimeout?: number;
}

function probe(port: number, given: Given = {}) {
  const { pki = own.pki, signal, connectTimeout = 60_000, consoleTimeout = 60_000 } = given;
  const steps: ProbeStep[] = [];
  const result = probeHost(
    { name: 'node1', address: '127.0.0.1', nonce: NONCE },
    {
      ...{ pki, port, domainType: 'qemu', connectTimeout, consoleTimeout },
      onStep: (step) => steps.push(step),
      ...(signal && { signal }),
    },
  );
  return { steps, result };
}

/** What is there after a manager ended in the middle of a probe. */
async function leaveBehind(port: number): Promise<void> {
  const target: VirshTarget = { address: '127.0.0.1', pki: own.pki, port };
  const domain = `<domain type='qemu'><name>${DOMAIN_PREFIX}00</name><memory>8192</memory><os><type arch='x86_64'>hvm</type></os></domain>`;
  await writeFile(join(folder, 'domain.xml'), domain);
  const pool = ['rackhand-probe', 'dir', '--target', '/var/lib/libvirt/images/rackhand-probe', '--build'];
  await virsh(target, ['create', join(folder, 'domain.xml')]);
  await virsh(target, ['pool-create-as', ...pool]);
  await virsh(target, ['vol-create-as', 'rackhand-probe', '00-disk.img', '1']);
}

/** What probes left on a host, by libvirt's own account. */
async function leftOn(port: number): Promise<string[]> {
  const target: VirshTarget = { address: '127.0.0.1', pki: own.pki, port };
  const domains = await virsh(target, ['list', '--all', '--name']);
  const pools = await virsh(target, ['pool-list', '--all', '--name']);
  const volumes: string[] = [];
  for (const { path } of Object.values(POOLS)) {
    await virsh(target, ['pool-create-as', 'look', 'dir', '--target', path, '--build']);
    volumes.push(await virsh(target, ['vol-list', 'look']));
    await virsh(target, ['pool-destroy', 'look']);
  }
  return [domains, pools, ...volumes]
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.trim() !== '');
}

describe('a host that registered here', () => {
  let host: PrivateLibvirtd;
  beforeAll(async () => {
    host = await startLibvirtd(await freePort(), files);
  });
  afterAll(() => host?.stop());

  it('is proved by a guest that prints the nonce, and nothing is left, not even of a probe that ended in the middle', async () => {
    await leaveBehind(host.port);
    const { steps, result } = probe(host.port);
    const outcome = await result;
    expect(outcome, await host.log()).toMatchObject({ ok: true, failure: null, steps });
    expect(steps.map(({ step }) => step)).toEqual([
      ...['connect', 'capabilities', 'nodeinfo', 'define-start', 'console', 'destroy'],
    ]);
    expect(probeOutcome(outcome).message).toMatch(
      /^proved by a KVM guest: \d+ CPUs .*, \d+ MiB; libvirt \d+\./,
    );
    expect(await leftOn(host.port)).toEqual([]);
  });
  it('keeps nothing of a probe that was cancelled while its guest ran', async () => {
    const cancel = new AbortController();
    const { steps, result } = probe(host.port, { signal: cancel.signal });
    const timer = setInterval(() => {
      if (steps.some(({ step }) => step === 'define-start')) cancel.abort();
    }, 5);
    await expect(result).rejects.toMatchObject({ code: 'cancelled' });
    clearInterval(timer);
    expect(steps.at(-1)).toMatchObject({ step: 'destroy', ok: true });
    expect(await leftOn(host.port)).toEqual([]);
  });
  it('without KVM is refused before a guest is made', async () => {
    const result = await probeHost(
      { name: 'node1', address: '127.0.0.1', nonce: NONCE },
      { pki: own.pki, port: host.port, onStep: () => undefined },
    );
    expect(result.failure).toMatchObject({ step: 'capabilities', code: 'kvm-missing' });
  });
  it.each([
    ['a manager of another service', () => mixed('stranger', own, other), 'tls-refused-us'],
    ['our manager that knows another authority', () => mixed('astray', other, own), 'tls-wrong-authority'],
  ])('and %s refuse each other', async (_who, pki, code) => {
    const result = await probe(host.port, { pki: await pki(), connectTimeout: 1000 }).result;
    expect(result.failure, JSON.stringify(result.failure)).toMatchObject({ step: 'connect', code });
  });
});

describe('a host', () => {
  it.each<[string, () => Promise<Partial<LibvirtdFiles>>, string]>([
    [
      'that trusts the managers of another service',
      async () => ({ clientCa: other.holder.clientCa() }),
      'tls-refused-us',
    ],
    ['that lists another manager', async () => ({ allowedDn: 'CN=somebody-else' }), 'tls-refused-us'],
    ['whose certificate names another address', () => hostFiles(['192.0.2.9']), 'tls-wrong-name'],
  ])('%s is not taken for ours', async (_what, change, code) => {
    const host = await startLibvirtd(await freePort(), { ...files, ...(await change()) });
    try {
      const result = await probe(host.port, { connectTimeout: 1000 }).result;
      expect(result.failure, JSON.stringify(result.failure)).toMatchObject({ step: 'connect', code });
    } finally {
      await host.stop();
    }
  });
  it('whose guests find an empty disk fails with what the guest printed, and nothing is left', async () => {
    const hook = `#!/bin/sh
[ "$2" = prepare ] || exit 0
for disk in /var/lib/libvirt/images/rackhand-probe/*-disk.img; do dd if=/dev/zero of="$disk" bs=512 count=1 conv=notrunc; done 2>/dev/null
`;
    const host = await startLibvirtd(await freePort(), { ...files, hook });
    try {
      const { result } = probe(host.port, { consoleTimeout: 3000 });
      const { failure, steps } = await result;
      expect(failure).toMatchObject({ step: 'console', code: 'guest-silent' });
      expect(steps.at(-1)).toMatchObject({ step: 'destroy', ok: true });
      expect(await leftOn(host.port)).toEqual([]);
    } finally {
      await host.stop();
    }
  });
  it('where nothing listens is tried for as long as it may take, and named unreachable', async () => {
    const { steps, result } = probe(await freePort(), { connectTimeout: 1000 });
    expect((await result).failure).toMatchObject({ step: 'connect', code: 'host-unreachable' });
    expect(steps[0]!.milliseconds).toBeGreaterThan(1000);
  });
});
