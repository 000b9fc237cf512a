import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import * as c from '../../../pxe-server/net/libc.ts';
import type { Download } from './download.ts';

const SOCKADDR = 16;

/** A socket that speaks to the port for requests until it was answered, then to whoever answered. */
export class ClientSocket {
  readonly fd = c.socket(c.AF_INET, c.SOCK_DGRAM, 0);
  readonly #server: Buffer;
  #connected = false;

  constructor(address: string, port: number) {
    this.#server = Buffer.alloc(SOCKADDR);
    this.#server.writeUInt16LE(c.AF_INET, 0);
    this.#server.writeUInt16BE(port, 2);
    this.#server.writeUInt32BE(ipv4Number(address), 4);
  }

  say({ said, length }: Download): void {
    if (this.#connected) c.send(this.fd, said, length, 0);
    else c.sendto(this.fd, said, length, 0, this.#server, SOCKADDR);
  }

  /** @returns bytes of what came, negative: nothing */
  hear(into: Buffer, flags: number): number {
    if (this.#connected) return c.recv(this.fd, into, into.length, flags);
    const from = Buffer.alloc(SOCKADDR);
    const length = c.recvfrom(this.fd, into, into.length, flags, from, Uint32Array.of(SOCKADDR));
    if (length >= 0) {
      c.connect(this.fd, from, SOCKADDR);
      this.#connected = true;
    }
    return length;
  }
}
