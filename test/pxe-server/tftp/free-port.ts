import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP port of loopback that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
