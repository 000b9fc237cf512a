import { readFileSync } from 'node:fs';

/** Bytes that these interfaces have sent so far; undefined when the kernel does not tell. */
export function bytesSent(devices: readonly string[]): number | undefined {
  try {
    return sentBytes(readFileSync('/proc/self/net/dev', 'utf8'), devices);
  } catch {
    return undefined;
  }
}

/** Sum of the ninth number of each of their lines in /proc/net/dev (proc_pid_net(5)). */
export function sentBytes(text: string, devices: readonly string[]): number | undefined {
  const sent = text.split('\n').flatMap((line) => {
    const [name = '', rest] = line.split(/:\s*/);
    const bytes = Number(rest?.trim().split(/\s+/)[8]);
    return devices.includes(name.trim()) && Number.isSafeInteger(bytes) ? [bytes] : [];
  });
  return sent.length === 0 ? undefined : sent.reduce((sum, bytes) => sum + bytes, 0);
}
