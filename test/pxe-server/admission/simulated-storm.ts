import { Admission, type BootWish } from '../../../pxe-server/admission/admission.ts';

export interface StormPlan {
  hosts: number;
  /** Bytes a second that the line carries. */
  line: number;
  /** Bytes a second that the server is told of; null: it measures; undefined: nobody is asked to wait. */
  told?: number | null | undefined;
  loaderBytes: number;
  rootBytes: number;
  /** From the loader's last byte to the first of the root. */
  kernelSeconds: number;
  /** Indices of hosts that are switched off when their loader has loaded. */
  dead?: readonly number[];
  /** Milliseconds over which the first questions come. */
  spread?: number;
}

interface Machine {
  wish: BootWish;
  phase: 'asks' | 'loader' | 'kernel' | 'root' | 'done' | 'dead';
  left: number;
  /** Milliseconds: next question, or when the kernel has started. */
  at: number;
  finished: number;
}

const STEP = 100;

/** All hosts ask within the first seconds; the line is shared by those that load. @returns seconds at which each has its root */
export function simulateStorm(plan: StormPlan): { seconds: number[]; most: number } {
  const { hosts, line, told, loaderBytes, rootBytes, kernelSeconds, dead = [], spread = 3000 } = plan;
  const admission = new Admission(told ?? null);
  const machines = Array.from({ length: hosts }, (_, i): Machine => {
    const wish = wishOf(i, loaderBytes, rootBytes);
    return {
      wish,
      phase: 'asks',
      left: 0,
      at: Math.floor(((i * 37) % hosts) * (spread / hosts)),
      finished: 0,
    };
  });
  let sent = 0;
  let most = 0;
  for (let now = 0; machines.some(({ phase }) => phase !== 'done' && phase !== 'dead'); now += STEP) {
    if (now > 24 * 3_600_000) throw new Error('the storm never ends');
    if (now % 500 === 0) admission.line.sample(now, sent, admission.downloads);
    for (const machine of machines) {
      const { wish } = machine;
      if (machine.at > now) continue;
      if (machine.phase === 'asks') {
        const turn = told === undefined ? ({ go: true } as const) : admission.ask(wish, now);
        if (turn.go) begin(machine, 'loader', loaderBytes);
        else machine.at = now + turn.askIn * 1000;
      } else if (machine.phase === 'kernel') begin(machine, 'root', rootBytes);
    }
    const loading = machines.filter(({ phase }) => phase === 'loader' || phase === 'root');
    most = Math.max(most, loading.length);
    for (const machine of loading) {
      const portion = Math.min(machine.left, (line * STEP) / 1000 / loading.length);
      machine.left -= portion;
      sent += portion;
      if (machine.left > 0) continue;
      end(machine, now + STEP);
    }
  }
  const seconds = machines.filter(({ phase }) => phase === 'done').map(({ finished }) => finished / 1000);
  return { seconds: seconds.sort((a, b) => a - b), most };

  function begin(machine: Machine, phase: 'loader' | 'root', bytes: number): void {
    Object.assign(machine, { phase, left: bytes });
    admission.downloadBegan(machine.wish.address, machine.at);
  }
  function end(machine: Machine, now: number): void {
    const isRoot = machine.phase === 'root';
    admission.downloadEnded(machine.wish.address, isRoot, now);
    if (isRoot) Object.assign(machine, { phase: 'done', finished: now });
    else if (dead.includes(machines.indexOf(machine))) machine.phase = 'dead';
    else Object.assign(machine, { phase: 'kernel', at: now + kernelSeconds * 1000 });
  }
}

export function wishOf(
  i: number,
  loaderBytes: number,
  rootBytes: number,
  change: Partial<BootWish> = {},
): BootWish {
  const about = { key: `h${i}`, hostId: `h${i}`, name: `node${i}`, mac: null, address: `10.0.0.${i}` };
  return { ...about, bytes: loaderBytes + rootBytes, loaderBytes, known: true, groups: [], ...change };
}
