import { describe, expect, it } from 'vitest';
import { startDaemon } from '../../../../builder/shared/process/daemon.ts';
import { whyNotRunning } from '../../../../builder/trial/rack/node.ts';

const start = (script: string) => startDaemon(['sh', '-c', script], { stdio: 'ignore' });
const never = new Promise<boolean>(() => undefined);

describe('a machine that was switched on', () => {
  it.each([
    ['ended by itself', 'exit 3', never, 'ended with exit code 3'],
    ['was killed', 'kill -9 $$', never, 'ended by SIGKILL'],
    ['never answers', 'exec sleep 60', Promise.resolve(false), 'does not answer on its control socket'],
    ['answers', 'exec sleep 60', Promise.resolve(true), undefined],
  ])('and %s', async (_, script, answers, why) => {
    const daemon = start(script);
    expect(await whyNotRunning(daemon, answers)).toBe(why);
    await daemon.stop(0);
  });
  it('and cannot be started', async () => {
    const daemon = startDaemon(['/no/such/program'], { stdio: 'ignore' });
    expect(await whyNotRunning(daemon, never)).toBe('cannot be started');
  });
});
