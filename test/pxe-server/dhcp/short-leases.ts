import { join } from 'node:path';
import type { LauncherOptions } from '../../bench/dhcp/launcher.ts';
import type { Namespace } from '../net/namespaces.ts';
import { lastWords, type ToldEvents, toldEvents } from './told-events.ts';

export interface TellingServer extends ToldEvents {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The server with whatever subnets and lease time, on one device of a namespace. */
export async function startTelling(where: Namespace, options: LauncherOptions): Promise<TellingServer> {
  const program = join(import.meta.dirname, '../../bench/dhcp/launcher.ts');
  const settings = JSON.stringify({ ...options, tell: true });
  // A limit to the size of files stands for a disk that fails; its signal would end the process (setrlimit(2)).
  const argv = ['env', '--ignore-signal=XFSZ', process.execPath, program, settings];
  const daemon = where.start(argv);
  return { pid: daemon.pid!, ...(await toldEvents(daemon)), stop: () => lastWords(daemon) };
}
