import { Traces } from '../../boot/traces.ts';
import { SyslogDesk } from '../../syslog/desk.ts';
import type { Step } from '../../trace/entry.ts';
import { traceStep } from '../../trace/other-steps.ts';
import { Outbox } from '../../trace/outbox.ts';
import type { Link } from '../link.ts';
import type { BootTrace, ToControl } from '../messages.ts';
import { Retold } from '../retold.ts';

/** What control is told of boots. */
export interface Teller {
  /** What it has to know: told again to the control that takes the place of one that ended before it wrote it down. */
  surely: (notice: ToControl) => void;
  /** A line of the journal, however many come. */
  trace: (entry: BootTrace) => void;
  /** As it is. */
  tell: (entry: BootTrace) => void;
  /** A step of a boot. */
  step: (step: Step | undefined) => void;
  /** What installers say. */
  syslog: SyslogDesk;
  stop: () => void;
}

export function startTelling(link: Link): Teller {
  const surely = retelling(link);
  const tell = (trace: BootTrace) => {
    // What control has to know: whose token is used up, who installs.
    if (trace.kind === 'kickstart') surely({ type: 'trace', trace });
    else link.notify('control', { type: 'trace', trace });
  };
  const traces = new Traces(tell);
  const steps = new Outbox(
    (seen, left) => link.notify('control', { type: 'steps', steps: seen, left }),
    later,
  );
  const step = (seen: Step | undefined) => steps.add(seen);
  const syslog = new SyslogDesk({
    ...{ tell: step, now: Date.now },
    surplus: (message) => traces.tell({ kind: 'warning', hostId: null, mac: null, address: null, message }),
  });
  const trace = (entry: BootTrace) => {
    if (entry.kind === 'kickstart' && entry.address !== null) syslog.installs(entry.address);
    step(traceStep(entry, Date.now()));
    traces.tell(entry);
  };
  const stop = () => {
    traces.stop();
    steps.flush();
  };
  return { surely, trace, tell, step, syslog, stop };
}

function retelling(link: Link): Teller['surely'] {
  const retold = new Retold<ToControl>();
  link.onGone((role) => {
    if (role !== 'control') return;
    for (const notice of retold.all(performance.now())) link.notify('control', notice);
  });
  return (notice) => {
    retold.add(notice, performance.now());
    link.notify('control', notice);
  };
}

function later(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}
