import { readFileSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { explain, RackhandError } from '../../builder/shared/errors.ts';
import { Link, processPort } from './link.ts';
import type { RoleName } from './messages.ts';

export interface RoleProcess<Settings> {
  settings: Settings;
  /** Descriptors of the sockets that the launcher opened, by key. */
  sockets: Record<string, number>;
  link: Link;
  log: Logger;
}

interface Start<Settings> {
  settings: Settings;
  sockets: Record<string, number>;
  user: string | null;
}

/**
 * The life of a role process: takes its settings, gives up root, starts, says ready, and ends when the
 * launcher goes. Everything is imported before root is given up, so the program need not be readable by
 * the unprivileged account.
 */
export async function runRole<Settings>(
  role: RoleName,
  start: (process: RoleProcess<Settings>) => Promise<() => Promise<void>>,
): Promise<void> {
  const given = JSON.parse(process.env.RACKHAND_ROLE ?? 'null') as Start<Settings> | null;
  if (!given) throw new TypeError('a role is started by rackhand serve');
  const log = pino(
    { name: role, level: process.env.RACKHAND_LOG ?? 'info' },
    pino.destination({ fd: 2, sync: true }),
  );
  const port = processPort();
  const link = new Link(role, port);
  let stop: () => Promise<void> = async () => undefined;
  const end = async (code: number) => {
    const forced = setTimeout(() => process.exit(code), 3000);
    await stop().catch((error) => log.error(error));
    clearTimeout(forced);
    process.exit(code);
  };
  process.on('disconnect', () => void end(0));
  process.on('SIGTERM', () => void end(0));
  process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole terminal group; the launcher decides
  process.on('unhandledRejection', (error) => log.error(error, 'unhandled'));
  try {
    if (given.user !== null) dropPrivileges(given.user);
    stop = await start({ settings: given.settings, sockets: given.sockets, link, log });
    process.send?.({ ready: role });
  } catch (error) {
    const told =
      error instanceof RackhandError
        ? { code: error.code, message: error.message, mend: error.mend }
        : { code: 'role-failed', message: `role ${role}: ${explain(error)}`, mend: 'its log says why' };
    process.send?.({ failed: role, error: told }, () => process.exit(1));
  }
}

function dropPrivileges(user: string): void {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith(`${user}:`));
  const gid = Number(line?.split(':')[3]);
  if (!line || Number.isNaN(gid)) {
    throw new RackhandError('user-absent', `no account ${user}`, `useradd --system --no-create-home ${user}`);
  }
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(user);
  process.umask(0o077);
}
