import { cpuSeconds, residentBytes } from './process-stat.ts';
import type { Scene } from './scene.ts';
import { type BenchServer, withServer } from './servers.ts';

export interface Start {
  /** From the start of the process to its first answer. */
  seconds: number;
  /** CPU time of its process until then, all threads: what others do on the machine does not count in it. */
  cpuSeconds: number;
  /** Resident memory once it is at rest. */
  bytes: number;
}

/** Time in which what was needed to read the leases alone is given back, where it is. */
const REST_MS = 5000;

/** Starts a server with so many leases in its database. */
export function timedStart(scene: Scene, server: BenchServer, leases: number): Promise<Start> {
  return withServer(server, { ...scene, leases }, async ({ pid, startSeconds }) => {
    const cpu = cpuSeconds(pid);
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return { seconds: startSeconds, cpuSeconds: cpu, bytes: residentBytes(pid) };
  });
}
