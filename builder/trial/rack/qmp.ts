import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { RackhandError } from '../../shared/errors.ts';

const LIMIT_MS = 20_000;

/**
 * One command to a running QEMU over its QMP socket: connects, negotiates, asks, leaves.
 * @throws RackhandError qmp-failed
 */
export async function qmp(path: string, execute: string, given: object = {}): Promise<unknown> {
  const socket = createConnection(path);
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)),
    LIMIT_MS,
  );
  try {
    await once(socket, 'connect');
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    await lines.next(); // the greeting
    await ask(socket, lines, 'qmp_capabilities', {});
    return await ask(socket, lines, execute, given);
  } catch (cause) {
    if (cause instanceof RackhandError) throw cause;
    const why = failure?.message ?? (cause instanceof Error ? cause.message : String(cause));
    throw new RackhandError('qmp-failed', `${execute}: ${why}`, 'is the machine switched on?', { cause });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Events may come before the answer. */
async function ask(
  socket: Socket,
  lines: AsyncIterator<string, undefined>,
  execute: string,
  given: object,
): Promise<unknown> {
  socket.write(`${JSON.stringify({ execute, arguments: given })}\n`);
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('the connection was closed');
    const message = JSON.parse(value) as { return?: unknown; error?: { desc: string } };
    if (message.error) {
      throw new RackhandError('qmp-failed', `${execute}: ${message.error.desc}`, 'see the QMP reference');
    }
    if ('return' in message) return message.return;
  }
}
