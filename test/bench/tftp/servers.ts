import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import type { Namespace } from '../../pxe-server/net/namespaces.ts';

/** What a server is started with: port 69 of this address, all files of this folder. */
export interface Where {
  device: string;
  address: string;
  folder: string;
}

/** A TFTP server that the bench starts; each with as many transfers at once as the bench asks of it. */
export interface BenchServer {
  readonly name: string;
  version(): Promise<string>;
  argv(where: Where): string[];
}

const NEED = 'sh bin/setup.sh bench installs what the benches compare with';

/** Our server alone, as the boot role starts it. */
export const rackhand: BenchServer = {
  name: 'rackhand',
  version: async () => `node ${process.versions.node}`,
  argv({ device, address, folder }) {
    const program = join(import.meta.dirname, '../../pxe-server/tftp/serve.ts');
    // All clients of the bench have one address.
    const limits = JSON.stringify({ transfersPerClient: 1000 });
    return [
      ...[process.execPath, '--disable-warning=ExperimentalWarning', program],
      ...[device, address, folder, limits],
    ];
  },
};

/** The kernel.org server, which most distributions have as tftp-server: a process for each transfer, no windows. */
export const tftpdHpa: BenchServer = {
  name: 'in.tftpd',
  async version() {
    const { stdout } = await run(['in.tftpd', '-V'], { need: NEED });
    return /tftp-hpa ([^,\s]+)/.exec(stdout)?.[0] ?? stdout.trim();
  },
  argv: ({ address, folder }) => ['in.tftpd', '-L', '-a', `${address}:69`, '-s', folder, '-u', 'root'],
};

/** One process for all, no windows. */
export const dnsmasq: BenchServer = {
  name: 'dnsmasq',
  async version() {
    const { stdout } = await run(['dnsmasq', '--version'], { need: NEED });
    return `dnsmasq ${/version (\S+)/i.exec(stdout)?.[1] ?? '?'}`;
  },
  argv: ({ device, folder }) => [
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root'],
    ...[`--interface=${device}`, '--bind-interfaces', '--enable-tftp', `--tftp-root=${folder}`],
    ...['--tftp-max=1000', '--pid-file='],
  ],
};

/** A thread for each transfer, with windows. */
export function atftpd(program: string): BenchServer {
  return {
    name: 'atftpd',
    async version() {
      const { stdout, stderr } = await run([program, '--version']);
      return `atftpd ${/(\d+\.\d+[\d.]*)/.exec(stdout + stderr)?.[1] ?? '?'}`;
    },
    argv: ({ address, folder }) => [
      ...[program, '--daemon', '--no-fork', '--bind-address', address, '--port', '69'],
      ...['--user', 'root.root', '--maxthread', '1000', '--logfile', '/dev/null', folder],
    ],
  };
}

export function start(server: BenchServer, namespace: Namespace, where: Where): Daemon {
  return namespace.start(server.argv(where), ['ignore', 'ignore', 'ignore']);
}
