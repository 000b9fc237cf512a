import type { Socket } from 'node:net';
import type { Sent } from './pump.ts';
import { clearDescriptorOf, type FilePart, nothing, SendingThread } from './sending-thread.ts';

export interface Sender {
  /** Its thread runs, and the connection is one that it can send over. */
  takes(socket: Socket): boolean;
  /**
   * Sends a part of a file over a connection that Node has nothing to write to, and writes nothing to meanwhile. The file
   * must stay open until then.
   * @returns where it failed, the connection is to be destroyed
   */
  send(socket: Socket, part: FilePart): Promise<Sent>;
  stop(): Promise<void>;
}

/** Milliseconds after which a thread that has failed is followed by another; meanwhile nothing is taken. */
const AGAIN_MS = 1000;

/**
 * Starts the thread that sends bodies of large files past Node.
 * @param stallMs a connection that takes no byte for so long is given up
 * @param onError told when the thread fails, with all that it was sending
 */
export function startSender(stallMs: number, onError: (error: unknown) => void): Sender {
  let thread: SendingThread | undefined;
  let again: NodeJS.Timeout | undefined;
  let stopped = false;
  const begin = () => {
    thread = new SendingThread(stallMs, onError);
    void thread.ended.then(() => {
      thread = undefined;
      if (!stopped) again = setTimeout(begin, AGAIN_MS).unref();
    });
  };
  begin();
  return {
    takes: (socket) => thread !== undefined && clearDescriptorOf(socket) !== undefined,
    send: async (socket, part) => (await thread?.send(socket, part)) ?? nothing('gone'),
    async stop() {
      stopped = true;
      clearTimeout(again);
      await thread?.stop();
    },
  };
}
