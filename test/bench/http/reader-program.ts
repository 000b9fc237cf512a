import koffi from 'koffi';
import * as c from '../../../pxe-server/net/libc.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';

/**
 * `reader-program.ts PORT PATH CLIENTS DOWNLOADS BYTES`: so many clients of loopback download a file of so many bytes until all
 * downloads are done, and print the seconds. What comes is dropped in the kernel (MSG_TRUNC, tcp(7)): the client costs as
 * little as a client can.
 */
const [port, path, ...numbers] = process.argv.slice(2) as [string, string, ...string[]];
const [clients, downloads, size] = numbers.map(Number) as [number, number, number];
const MSG_TRUNC = 0x20;
const PIECE = 1 << 20;
const libc = koffi.load('libc.so.6');
const connect: (fd: number, address: Buffer, bytes: number) => number = libc.func(
  'int connect(int, const void *, uint32_t)',
);
const recv: (fd: number, into: Buffer, bytes: number, flags: number) => number = libc.func(
  'long recv(int, void *, size_t, int)',
);

const address = Buffer.alloc(16);
address.writeUInt16LE(c.AF_INET, 0);
address.writeUInt16BE(Number(port), 2);
address.set([127, 0, 0, 1], 4);
const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`);
const dropped = Buffer.alloc(PIECE);
const reactor = new Reactor();
let [begun, done] = [0, 0];
const started = performance.now();
for (let i = 0; i < Math.min(clients, downloads); i++) download();
reactor.run();
process.stdout.write(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));

function download(): void {
  begun += 1;
  const fd = c.socket(c.AF_INET, c.SOCK_STREAM | c.SOCK_CLOEXEC, 0);
  if (connect(fd, address, address.length) < 0) throw new Error(`connect: ${c.lastErrno()}`);
  c.sendto(fd, request, request.length, 0, Buffer.alloc(0), 0);
  let received = 0;
  reactor.watch(fd, () => {
    const bytes = recv(fd, dropped, PIECE, MSG_TRUNC | c.MSG_DONTWAIT);
    if (bytes > 0) {
      received += bytes;
      return;
    }
    if (received < size) throw new Error(`${received} of ${size} bytes came: ${c.lastErrno()}`);
    reactor.unwatch(fd);
    c.close(fd);
    done += 1;
    if (begun < downloads) download();
    else if (done === downloads) reactor.stop();
  });
}
