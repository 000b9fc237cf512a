import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { RackNode } from './node.ts';

/** A person at a machine's serial console: reads what it prints, types lines. */
export class Serial {
  readonly #socket: Socket;
  #text = '';
  /** What was read up to here has been answered. */
  #seen = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
    });
  }

  static async join(node: RackNode): Promise<Serial> {
    const socket = createConnection(node.console);
    await once(socket, 'connect');
    return new Serial(socket);
  }

  /** Waits until the machine has printed the text, after what the last wait found. @throws Error with its last lines */
  async until(text: string, milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const at = this.#text.indexOf(text, this.#seen);
      if (at >= 0) {
        this.#seen = at + text.length;
        return;
      }
      if (Date.now() > deadline || this.#socket.destroyed) {
        throw new Error(
          `the console did not print ${JSON.stringify(text)}; last:\n${this.#text.slice(-1500)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  type(line: string): void {
    this.#socket.write(`${line}\r`);
  }

  leave(): void {
    this.#socket.destroy();
  }
}
