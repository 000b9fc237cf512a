import { Reactor } from '../../../pxe-server/net/reactor.ts';
import { closeFd } from '../../../pxe-server/net/sockets.ts';
import type { TftpEvent } from '../../../pxe-server/tftp/reports.ts';
import { type Answer, type ServerOptions, TftpServer } from '../../../pxe-server/tftp/server.ts';
import type { TftpFile } from '../../../pxe-server/tftp/source.ts';

export interface PolledOptions extends Pick<ServerOptions, 'sockets' | 'limits'> {
  files(name: string): TftpFile | undefined;
  onEvent(event: TftpEvent): void;
}

/** A server on the thread of the test: each millisecond a turn that waits for nothing. */
export function startPolled({ files, ...options }: PolledOptions): { stop(): void } {
  const reactor = new Reactor();
  const answer = (name: string): Answer => {
    try {
      return { file: files(name) };
    } catch (error) {
      return { failed: String(error) };
    }
  };
  const server = new TftpServer(
    {
      ...options,
      // Later, as from another thread.
      find: ({ name }, found) => {
        const later = setImmediate(() => found(answer(name)));
        return () => clearImmediate(later);
      },
      log: { debug: () => undefined, error: () => undefined },
    },
    reactor,
  );
  const timer = setInterval(() => reactor.turn(0), 1);
  return {
    stop() {
      clearInterval(timer);
      server.close();
      reactor.close();
      for (const { fd } of options.sockets) closeFd(fd);
    },
  };
}
