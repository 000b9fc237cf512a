/** One message of a stream of server-sent events (WHATWG HTML 9.2). */
export interface Message {
  kind: string | undefined;
  data: unknown;
}

/** Messages of a text/event-stream; comments, which keep it alive, are left out. */
export async function* messagesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield { kind: /^event: (.*)$/m.exec(block)?.[1], data: JSON.parse(data) };
    }
  }
}
