import { join } from 'node:path';
import type { Daemon } from '../../builder/shared/process/daemon.ts';
import type { Link } from './net/namespaces.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/rackhand');

/** `rackhand serve` with all of its roles in the server's namespace, when it is ready. @throws when it ends before, with its log */
export async function serve(link: Link, config: string): Promise<{ service: Daemon; log: () => string }> {
  const service = link.server.start([PROGRAM, 'serve', '--config', config], ['ignore', 'ignore', 'pipe']);
  let log = '';
  await new Promise<void>((resolve, reject) => {
    service.child.stderr!.on('data', (chunk: Buffer) => {
      log += chunk;
      if (log.includes('"msg":"ready"')) resolve();
    });
    void service.exited.then(() => reject(new Error(`rackhand serve ended: ${log.slice(-2000)}`)));
  });
  return { service, log: () => log };
}
