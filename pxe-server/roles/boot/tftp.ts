import type { BootEndpoint } from '../../boot/answer.ts';
import type { ScriptContext } from '../../boot/scripts.ts';
import { tftpFiles } from '../../boot/tftp-files.ts';
import { startTftp } from '../../tftp/thread.ts';
import { tftpAsked, tftpStep } from '../../trace/other-steps.ts';
import type { RoleProcess } from '../role.ts';
import type { Teller } from './teller.ts';

/** TFTP on sockets tftp-0, tftp-1, …, in the order of the endpoints. */
export function serveTftp(
  { sockets, log }: Pick<RoleProcess<unknown>, 'sockets' | 'log'>,
  endpoints: readonly BootEndpoint[],
  {
    loaders,
    scripts,
    teller,
  }: { loaders: ReadonlyMap<string, Buffer>; scripts: ScriptContext; teller: Teller },
): ReturnType<typeof startTftp> {
  const files = new Map(endpoints.map((one) => [one.address, tftpFiles(one, loaders, scripts)]));
  return startTftp({
    sockets: endpoints.map(({ address }, i) => ({ fd: sockets[`tftp-${i}`]!, address })),
    files: (name, client, local) => {
      teller.step(tftpAsked(name, client, Date.now()));
      return files.get(local)?.(name, client);
    },
    onEvent: (event) => {
      const { kind, client, message } = event;
      teller.step(tftpStep(event, Date.now()));
      teller.tell({
        kind: kind === 'malformed' ? 'malformed' : kind === 'flood' ? 'warning' : 'tftp',
        ...{ hostId: null, mac: null, address: client ?? null, message },
      });
    },
    log,
  });
}
