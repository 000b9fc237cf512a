import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const OVERLAY = join(import.meta.dirname, '../../../builder/overlay/root/usr');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-names-'));
  await mkdir(join(folder, 'etc/iscsi'), { recursive: true });
  await mkdir(join(folder, 'etc/nvme'), { recursive: true });
  await file('bin/iscsi-iname', '#!/bin/sh\necho iqn.1994-05.com.redhat:abcdef\n');
  await chmod(join(folder, 'bin/iscsi-iname'), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

function run(program: string, options: string[] = [], env: Record<string, string> = {}): void {
  const { status, stderr } = spawnSync('sh', [join(OVERLAY, program), ...options], {
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, RACKHAND_ROOT: folder, ...env },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

async function names() {
  run('libexec/rackhand/machine-names');
  const text = (path: string) => readFile(join(folder, path), 'utf8');
  const made = {
    iscsi: await text('etc/iscsi/initiatorname.iscsi'),
    nqn: await text('etc/nvme/hostnqn'),
    id: await text('etc/nvme/hostid'),
  };
  await rm(join(folder, 'etc/iscsi/initiatorname.iscsi'));
  await rm(join(folder, 'etc/nvme/hostnqn'));
  return made;
}

describe("a machine's names for storage", () => {
  it('are those of its SMBIOS UUID, the same at each boot', async () => {
    await file('sys/class/dmi/id/product_uuid', '4C4C4544-0042-3510-8043-B7C04F4D3232\n');
    const first = await names();
    expect(first.nqn).toBe('nqn.2014-08.org.nvmexpress:uuid:4c4c4544-0042-3510-8043-b7c04f4d3232\n');
    expect(first.id).toBe('4c4c4544-0042-3510-8043-b7c04f4d3232\n');
    expect(first.iscsi).toMatch(/^InitiatorName=iqn\.1994-05\.com\.redhat:[0-9a-f]{12}\n$/);
    expect(await names()).toEqual(first);
  });
  it.each([
    '00000000-0000-0000-0000-000000000000',
    '03000200-0400-0500-0006-000700080009',
    'Not Settable',
    '',
  ])('are made of network cards where the UUID is everybody’s: %j', async (uuid) => {
    await file('sys/class/dmi/id/product_uuid', `${uuid}\n`);
    await file('sys/class/net/eno1/device/net/eno1/address', '52:54:00:00:00:01\n');
    const first = await names();
    expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}\n$/);
    await file('sys/class/net/eno1/device/net/eno1/address', '52:54:00:00:00:02\n');
    expect((await names()).id).not.toBe(first.id);
  });
  it('that are there already stay', async () => {
    await file('etc/iscsi/initiatorname.iscsi', 'InitiatorName=iqn.2000-01.org.example:mine\n');
    run('libexec/rackhand/machine-names');
    expect(await readFile(join(folder, 'etc/iscsi/initiatorname.iscsi'), 'utf8')).toContain('mine');
  });
});
