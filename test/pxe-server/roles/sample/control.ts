import { writeFile } from 'node:fs/promises';
import type { RackhandError } from '../../../../builder/shared/errors.ts';
import { runRole } from '../../../../pxe-server/roles/role.ts';

export interface Called {
  settings: unknown;
  umask: unknown;
  heard: unknown;
  /** Both calls were waiting when the key holder ended. */
  atTheEnd: unknown[];
  heardAfterwards: unknown;
}

/** The one that calls in launcher.system.test.ts; what it was answered stands in a file when it is ready. */
await runRole<{ output: string }>('control', async ({ settings, link }) => {
  const call = (name: string) =>
    link.call('keyholder', name, {}).catch((error: RackhandError) => error.code) as Promise<unknown>;
  link.notify('keyholder', 'kept', { keep: 'a' });
  link.notify('keyholder', 'and what follows it', { keep: 'a', follows: true });
  link.notify('keyholder', 'kept too', { keep: 'b' });
  link.notify('keyholder', 'kept last', { keep: 'a' });
  link.notify('keyholder', 'what follows that', { keep: 'a', follows: true });
  link.notify('keyholder', 'told once');
  const called: Called = {
    settings: await call('settings'),
    umask: await call('umask'),
    heard: await call('heard'),
    atTheEnd: await Promise.all([call('hang'), call('end')]),
    heardAfterwards: await call('heard'),
  };
  await writeFile(settings.output, JSON.stringify(called));
  return async () => undefined;
});
