import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ack, parse, readRequest, type ServerPacket } from './wire.ts';

export interface Heard {
  packet: ServerPacket;
  /** The server's transfer identifier. */
  port: number;
}

const PATIENCE = 3000;

/** A TFTP client whose every packet a test decides. */
export class TestClient {
  readonly socket: Socket;
  readonly #server: number;
  readonly #address: string;
  readonly #heard: Heard[] = [];
  #wake: () => void = () => {};

  private constructor(socket: Socket, server: number, address: string) {
    this.socket = socket;
    this.#server = server;
    this.#address = address;
    socket.on('message', (bytes, { port }) => {
      this.#heard.push({ packet: parse(bytes), port });
      this.#wake();
    });
    socket.on('error', () => {});
  }

  /** Of a server at that loopback address, and from it. */
  static async open(server: number, address = '127.0.0.1'): Promise<TestClient> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(0, address);
    await once(socket, 'listening');
    return new TestClient(socket, server, address);
  }

  /** To the port for requests, unless another is named. */
  send(bytes: Buffer, port = this.#server): void {
    this.socket.send(bytes, port, this.#address);
  }

  /** @throws Error when nothing comes */
  async next(): Promise<Heard> {
    const until = performance.now() + PATIENCE;
    while (this.#heard.length === 0) {
      const left = until - performance.now();
      if (left <= 0) throw new Error('the server says nothing');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#heard.shift()!;
  }

  /** The next that is not one of those. */
  async nextBut(passed: (packet: ServerPacket) => boolean): Promise<Heard> {
    for (;;) {
      const heard = await this.next();
      if (!passed(heard.packet)) return heard;
    }
  }

  /** Packets that came and were not taken by next(). */
  get waiting(): number {
    return this.#heard.length;
  }

  async ask(file: string, options: Record<string, string> = {}): Promise<Heard> {
    this.send(readRequest(file, options));
    return this.next();
  }

  /** Blocks that come twice are passed over. @throws Error when the server refuses, or leaves a gap */
  async download(file: string, options: Record<string, string> = {}): Promise<Buffer> {
    let heard = await this.ask(file, options);
    let [blockSize, windowSize] = [512, 1];
    if (heard.packet.kind === 'options') {
      blockSize = Number(heard.packet.options.blksize ?? blockSize);
      windowSize = Number(heard.packet.options.windowsize ?? windowSize);
      this.send(ack(0), heard.port);
      heard = await this.next();
    }
    const blocks: Buffer[] = [];
    for (;;) {
      const { packet, port } = heard;
      if (packet.kind === 'error') throw new Error(`${packet.code} ${packet.message}`);
      if (packet.kind !== 'data') throw new Error(`${packet.kind} after ${blocks.length} blocks`);
      const ahead = (packet.block - blocks.length) & 0xffff;
      if (ahead === 1) {
        blocks.push(packet.payload);
        const last = packet.payload.length < blockSize;
        if (last || blocks.length % windowSize === 0) this.send(ack(packet.block), port);
        if (last) return Buffer.concat(blocks);
      } else if (ahead < 0x8000 && ahead > 1) throw new Error(`a gap after ${blocks.length} blocks`);
      heard = await this.next();
    }
  }

  close(): void {
    this.socket.close();
  }
}
