import { openSync, read, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { ioctl } from '../../../pxe-server/net/libc.ts';
import { seeded } from '../../shared/random.ts';
import type { Passage, Roughness } from './rough-link.ts';

/**
 * `rough-relay.ts SETTINGS`: makes two TAP devices and carries frames between them. Prints "ready", each frame with
 * DHCP for IPv4 in it as "server HEX" or "client HEX", and at SIGUSR2 what became of all of them. See rough-link.ts.
 */
const {
  devices,
  lost,
  doubled,
  late,
  seed,
  delay = 0,
} = JSON.parse(process.argv[2]!) as Roughness & {
  devices: [string, string];
};
/** linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const LARGEST_FRAME = 65_536;
/** Milliseconds by which a frame is late: time for a whole exchange to overtake it. */
const LATE = { least: 5, most: 120 };

const passage: Passage = { passed: 0, lost: 0, doubled: 0, late: 0 };
const random = seeded(seed);
const readFrame = promisify(read);
const [server, client] = devices.map(openTap) as [number, number];

process.on('SIGUSR2', () => process.stdout.write(`${JSON.stringify(passage)}\n`));
process.stdout.write('ready\n');
await Promise.all([carry('server', server, client), carry('client', client, server)]);

function openTap(name: string): number {
  const fd = openSync('/dev/net/tun', 'r+');
  // struct ifreq: the name in 16 bytes, then the flags, in the machine's order.
  const request = Buffer.alloc(40);
  request.write(name);
  new Uint16Array(request.buffer, request.byteOffset + 16, 1)[0] = IFF_TAP | IFF_NO_PI;
  if (ioctl(fd, TUNSETIFF, request) < 0) throw new Error(`no TAP device ${name}`);
  return fd;
}

async function carry(end: 'server' | 'client', from: number, to: number): Promise<void> {
  const buffer = Buffer.alloc(LARGEST_FRAME);
  for (;;) {
    // EIO: the device is not up yet.
    const { bytesRead } = await readFrame(from, buffer, 0, buffer.length, null).catch(() => ({
      bytesRead: 0,
    }));
    if (bytesRead === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      continue;
    }
    const frame = Buffer.from(buffer.subarray(0, bytesRead));
    if (isDhcp(frame)) process.stdout.write(`${end} ${frame.toString('hex')}\n`);
    mistreat(frame, to);
  }
}

function mistreat(frame: Buffer, to: number): void {
  const fate = random() * 100;
  // At once: writes of Node's pool overtake each other, and what is not late has to stay in order.
  const write = () => {
    try {
      writeSync(to, frame);
    } catch {
      // The other end is not up: as good as lost.
    }
  };
  const send = delay === 0 ? write : () => void setTimeout(write, delay);
  if (fate < lost) {
    passage.lost += 1;
  } else if (fate < lost + doubled) {
    passage.doubled += 1;
    send();
    setTimeout(send, random() * LATE.most);
  } else if (fate < lost + doubled + late) {
    passage.late += 1;
    setTimeout(send, LATE.least + random() * (LATE.most - LATE.least));
  } else {
    passage.passed += 1;
    send();
  }
}

/** An IPv4 packet from UDP port 67 or 68 to either. */
function isDhcp(frame: Buffer): boolean {
  const udp = 14 + 4 * (frame[14]! & 15);
  if (frame.length < udp + 8 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 17) return false;
  return [0, 2].every((at) => [67, 68].includes(frame.readUInt16BE(udp + at)));
}
