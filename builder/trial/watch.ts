import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { ChannelLine } from '../contract/trial.ts';
import type { Heard } from './phases.ts';
import type { RackNode } from './rack/node.ts';

/** Bytes of one line on the channel; a hostile image fills no memory. */
const LINE_BYTES = 8 << 20;
const SERIAL_BYTES = 32 << 20;

/** A machine from its power-on: what it writes, with the time at which it came. */
export class Watch {
  readonly serial: Heard[] = [];
  /** Lines of the health port, with the seconds after power-on. */
  readonly told: { at: number; line: ChannelLine }[] = [];
  readonly startedAt: number;
  #text = '';
  #pending = '';
  readonly #sockets: Socket[] = [];

  private constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  static async powerOn(node: RackNode): Promise<Watch> {
    const watch = new Watch(Date.now());
    await node.powerOn();
    await watch.#join(node.console, (chunk) => watch.#heard(chunk.toString('latin1')));
    if (node.spec.channel) await watch.#join(node.channel, (chunk) => watch.#channel(chunk.toString('utf8')));
    return watch;
  }

  get seconds(): number {
    return (Date.now() - this.startedAt) / 1000;
  }

  /** All that came over the serial port. */
  get text(): string {
    return this.#text;
  }

  /** The machine was switched off. */
  get closed(): boolean {
    return this.#sockets.some((socket) => socket.destroyed);
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #join(path: string, take: (chunk: Buffer) => void): Promise<void> {
    const socket = createConnection(path);
    socket.on('data', take);
    socket.on('error', () => socket.destroy());
    this.#sockets.push(socket);
    await once(socket, 'connect');
  }

  #heard(text: string): void {
    if (this.#text.length + text.length > SERIAL_BYTES) return;
    this.serial.push({ at: this.seconds, text });
    this.#text += text;
  }

  #channel(text: string): void {
    this.#pending += text;
    if (this.#pending.length > LINE_BYTES) this.#pending = '';
    const lines = this.#pending.split('\n');
    this.#pending = lines.pop()!;
    for (const line of lines) {
      const parsed = ChannelLine.safeParse(parse(line));
      if (parsed.success) this.told.push({ at: this.seconds, line: parsed.data });
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
