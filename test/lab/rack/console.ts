import { once } from 'node:events';
import { createConnection } from 'node:net';
import { RackhandError } from '../../../builder/shared/errors.ts';
import type { RackNode } from '../../../builder/trial/rack/node.ts';

/** Ctrl-] as in telnet and virsh. */
const LEAVE = 0x1d;

/** Joins this terminal to a machine's serial port until Ctrl-] or until the machine is switched off. */
export async function attachConsole({ console: path, spec: { name } }: RackNode): Promise<void> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new RackhandError(
      'machine-off',
      `${name} is switched off`,
      `switch it on: rackhand lab power ${name} on`,
      {
        cause,
      },
    );
  }
  process.stderr.write(`console of ${name}; Ctrl-] leaves\r\n`);
  const { stdin, stdout } = process;
  const raw = stdin.isTTY === true;
  if (raw) stdin.setRawMode(true);
  socket.pipe(stdout, { end: false });
  stdin.on('data', (chunk: Buffer) => {
    const leave = chunk.indexOf(LEAVE);
    socket.write(leave < 0 ? chunk : chunk.subarray(0, leave));
    if (leave >= 0) socket.end();
  });
  stdin.on('end', () => socket.end());
  try {
    await once(socket, 'close');
  } finally {
    if (raw) stdin.setRawMode(false);
    stdin.destroy();
    process.stderr.write('\r\n');
  }
}
