import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../builder/shared/process/run.ts';
import { macOf48 } from '../../pxe-server/dhcp/packets.ts';
import { FILE_BYTES, FIRST_MAC, HOSTS, SCRIPT_SECONDS } from './plan.ts';
import { type HttpServer, usage } from './servers.ts';

export interface Download {
  /** Of all clients together. */
  bytesPerSecond: number;
  /** CPU of the server. */
  secondsPerGigabyte: number;
  /** Most memory of the server until then. */
  peak: number;
}

export interface Scripts {
  perSecond: number;
  /** CPU microseconds of the server for a request. */
  cost: number;
}

/** Downloads by so many clients at once; each server is started anew, so that memory counts for this load alone. */
export async function downloads(
  server: HttpServer,
  folder: string,
  { clients, downloads }: { clients: number; downloads: number },
): Promise<Download> {
  const daemon = await server.start(folder);
  try {
    const program = join(import.meta.dirname, 'reader-program.ts');
    const read = (...numbers: number[]) =>
      run([process.execPath, program, String(server.port), server.path, ...numbers.map(String)], {
        timeout: 600_000,
      });
    await read(1, 1, FILE_BYTES); // until the file is in memory and the code is compiled
    const before = usage(daemon.pid!);
    const { stdout } = await read(clients, downloads, FILE_BYTES);
    const { seconds } = JSON.parse(stdout) as { seconds: number };
    const after = usage(daemon.pid!);
    const bytes = downloads * FILE_BYTES;
    return {
      bytesPerSecond: bytes / seconds,
      secondsPerGigabyte: (after.cpu - before.cpu) / (bytes / 1e9),
      peak: after.peak,
    };
  } finally {
    await daemon.stop();
  }
}

/** Scripts of hosts in turn, the server on the first core, wrk on the last. */
export async function scripts(server: HttpServer, folder: string, lastCore: number): Promise<Scripts> {
  const daemon = await server.start(folder, '0');
  try {
    const path = join(folder, 'hosts.lua');
    await writeFile(path, wrkScript());
    const load = (seconds: number) =>
      run(
        [
          ...['taskset', '--cpu-list', String(lastCore), 'wrk', '--threads', '1', '--connections', '32'],
          ...['--duration', `${seconds}s`, '--script', path, `http://127.0.0.1:${server.port}`],
        ],
        { need: 'sh bin/setup.sh bench installs it', timeout: 60_000 },
      );
    await load(4); // until the code is compiled
    const before = usage(daemon.pid!);
    const { stdout } = await load(SCRIPT_SECONDS);
    const used = usage(daemon.pid!).cpu - before.cpu;
    const { requests, seconds, failed } = wrkResult(stdout);
    if (failed) throw new Error(`wrk: ${stdout}`);
    return { perSecond: requests / seconds, cost: (1e6 * used) / requests };
  } finally {
    await daemon.stop();
  }
}

function wrkScript(): string {
  const macs = Array.from({ length: HOSTS }, (_, i) => `"${macOf48(FIRST_MAC + i)}"`);
  return `local macs = {${macs.join(',')}}
local requests = {}
local i = 0
init = function()
  for n, mac in ipairs(macs) do
    requests[n] = wrk.format("GET", "/boot/host.ipxe?mac=" .. mac .. "&uuid=&serial=")
  end
end
request = function()
  i = i % #requests + 1
  return requests[i]
end
`;
}

/** "  123456 requests in 10.00s, 50.00MB read" */
export function wrkResult(stdout: string): { requests: number; seconds: number; failed: boolean } {
  const [, requests, seconds, unit] = /^\s*(\d+) requests in ([\d.]+)(ms|s|m),/m.exec(stdout) ?? [];
  if (requests === undefined) throw new Error(`wrk said: ${stdout}`);
  const scale = { ms: 0.001, s: 1, m: 60 }[unit as 'ms' | 's' | 'm'];
  const failed = /Non-2xx|Socket errors/.test(stdout);
  return { requests: Number(requests), seconds: Number(seconds) * scale, failed };
}
