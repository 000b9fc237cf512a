import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { HostRow } from '../../pxe-server/api/schemas.ts';
import { macOf48 } from '../pxe-server/dhcp/packets.ts';
import type { Link } from '../pxe-server/net/namespaces.ts';
import { serve } from '../pxe-server/serve.ts';
import { type ImageSizes, publishSized } from './image.ts';
import { MACHINES } from './scene.ts';

export interface StormServiceOptions {
  /** Declared, each with a MAC of its own; every other one is installed by a kickstart when that is wanted. */
  hosts: number;
  kickstarts: boolean;
  sizes: ImageSizes;
  /** provisioning.bandwidth; absent: measured. */
  bandwidth?: string;
}

export interface StormService {
  /** Of the launcher. */
  pid: number;
  overview(): Promise<HostRow[]>;
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

const FIRST_MAC = 0x0add_0000_0000;

/** MAC of the host "nodeN". */
export function macOfHost(number: number): string {
  return macOf48(FIRST_MAC + number);
}

/** Whether the host is installed by a kickstart. */
export function isInstalled(number: number): boolean {
  return number % 2 === 1;
}

/** `rackhand serve` with all of its roles, ready to be asked by machines behind a relay. */
export async function startStormService(
  link: Link,
  folder: string,
  options: StormServiceOptions,
): Promise<StormService> {
  await prepare(link, folder, options);
  const { service, log } = await serve(link, join(folder, 'rackhand.yaml'));
  const token = (await readFile(join(folder, 'state/control/api-token'), 'utf8')).trim();
  const header = join(folder, 'authorization');
  await writeFile(header, `Authorization: Bearer ${token}\n`);
  return {
    pid: service.pid!,
    async overview() {
      const url = 'http://127.0.0.1:8080/api/v1/overview';
      const { stdout } = await link.server.run(['curl', '--silent', '--fail', '-H', `@${header}`, url]);
      return (JSON.parse(stdout) as { hosts: HostRow[] }).hosts;
    },
    log,
    stop: () => service.stop(20_000),
  };
}

async function prepare(link: Link, folder: string, options: StormServiceOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755); // the service's accounts pass through
  await publishSized(join(folder, 'catalog'), options.sizes);
  for (const name of ['kernel', 'initramfs'])
    await writeFile(join(folder, name), `${name} of an installer\n`);
  await writeFile(join(folder, 'hosts.yaml'), stringify({ hosts: declarations(options) }));
  await writeFile(join(folder, 'rackhand.yaml'), stringify(configuration(link, folder, options)));
}

function declarations({ hosts, kickstarts }: StormServiceOptions) {
  return Array.from({ length: hosts }, (_, i) => ({
    ...{ name: `node${i}`, macs: [macOfHost(i)], rack: `r${Math.floor(i / 40)}`, unit: 1 + (i % 40) },
    arm: 'always',
    ...(kickstarts && isInstalled(i) ? { kickstart: 'install' } : {}),
  }));
}

function configuration(link: Link, folder: string, { bandwidth }: StormServiceOptions) {
  const { cidr, from, to } = MACHINES;
  const own = { cidr: '198.51.100.0/24', probe: false };
  return {
    state: join(folder, 'state'),
    images: { catalog: join(folder, 'catalog'), default: 'lab' },
    hosts: join(folder, 'hosts.yaml'),
    installers: {
      el9: { kernel: join(folder, 'kernel'), initramfs: join(folder, 'initramfs'), release: 'el9' },
    },
    provisioning: {
      interfaces: [{ name: link.serverDevice, address: link.serverAddress, subnet: own }],
      // Nobody answers there but machines that have got their addresses.
      subnets: [{ cidr, ranges: [{ from, to }], probe: false }],
      ...(bandwidth === undefined ? {} : { bandwidth }),
    },
    // Machines that have registered are not played any further.
    heartbeatSeconds: 600,
  };
}
