import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import pino, { type Logger } from 'pino';
import { explain, RackhandError } from '../../builder/shared/errors.ts';
import type { Account } from '../config/account.ts';
import { Link, processPort } from './link.ts';
import type { RoleName } from './messages.ts';

export interface RoleProcess<Settings> {
  settings: Settings;
  /** Descriptors of the sockets that the launcher opened, by key. */
  sockets: Record<string, number>;
  link: Link;
  log: Logger;
}

/** The launcher's first message: too large for an environment variable (MAX_ARG_STRLEN, execve(2)). */
export interface Order<Settings = unknown> {
  settings: Settings;
  sockets: Record<string, number>;
  account: Account | null;
}

/**
 * The life of a role process: takes its settings, gives up root, starts, says ready, and ends when the
 * launcher goes. Everything is imported before root is given up, so the program need not be readable by
 * the unprivileged account; what was compiled is kept then, if the launcher named a folder, which root alone may write.
 */
export async function runRole<Settings>(
  role: RoleName,
  start: (process: RoleProcess<Settings>) => Promise<() => Promise<void>>,
): Promise<void> {
  const log = pino(
    { name: role, level: process.env.RACKHAND_LOG ?? 'info' },
    pino.destination({ fd: 2, sync: true }),
  );
  flushCompileCache();
  process.umask(0o077);
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
    const port = processPort();
    const [{ order }] = (await once(process, 'message')) as [{ order: Order<Settings> }];
    const link = new Link(role, port);
    if (order.account) dropPrivileges(order.account);
    stop = await start({ settings: order.settings, sockets: order.sockets, link, log });
    process.send?.({ ready: role });
  } catch (error) {
    const told =
      error instanceof RackhandError
        ? { code: error.code, message: error.message, mend: error.mend }
        : { code: 'role-failed', message: `role ${role}: ${explain(error)}`, mend: 'its log says why' };
    process.send?.({ failed: role, error: told }, () => process.exit(1));
  }
}

function dropPrivileges({ uid, gid }: Account): void {
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
