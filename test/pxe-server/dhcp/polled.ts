import { type DhcpOptions, DhcpServer } from '../../../pxe-server/dhcp/server.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';

/** A server on the thread of the test: each millisecond a turn that waits for nothing. */
export function startPolled(options: DhcpOptions): { stop(): void } {
  const reactor = new Reactor();
  const server = new DhcpServer(options, reactor);
  const timer = setInterval(() => reactor.turn(0), 1);
  return {
    stop() {
      clearInterval(timer);
      server.close();
      reactor.close();
    },
  };
}
