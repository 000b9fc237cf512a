// The live stream of events and changed hosts: server-sent events over fetch, since EventSource sends no token.

/** Milliseconds without a sign of life (the server gives one each 15 s) after which a stream counts as dead. */
const SILENCE = 40_000;
const PAUSE = { first: 500, most: 10_000 };

/**
 * Follows the stream until `signal` ends it; after a break it goes on behind the last event.
 * `heard` has event(event), host(row), removed(id) and link(up).
 */
export async function follow(api, after, heard, signal) {
  let last = after;
  for (let pause = PAUSE.first; !signal.aborted; pause = Math.min(PAUSE.most, pause * 2)) {
    const watch = new Watch(SILENCE, signal);
    try {
      const response = await api.open(`/events/stream?hosts=true&after=${last}`, watch.signal);
      pause = PAUSE.first;
      heard.link(true);
      for await (const { kind, data } of messages(response.body, () => watch.alive())) {
        if (kind === 'host') heard.host(data);
        else if (kind === 'host-removed') heard.removed(data.id);
        else {
          last = data.id;
          heard.event(data);
        }
      }
    } catch {
      // whatever it was: the link is down, and it is tried again
    } finally {
      watch.end();
    }
    if (signal.aborted) return;
    heard.link(false);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Blocks of a text/event-stream; `alive` is called for every bit that arrives. */
async function* messages(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield { kind: /^event: (.*)$/m.exec(block)?.[1], data: JSON.parse(data) };
    }
  }
}

/** Ends a request that has become silent: a cable that was pulled gives no other sign. */
class Watch {
  #silence;
  #controller = new AbortController();
  #timer;
  #outer;
  #leave = () => this.#controller.abort();

  constructor(silence, outer) {
    this.#silence = silence;
    this.#outer = outer;
    outer.addEventListener('abort', this.#leave);
    this.alive();
  }

  get signal() {
    return this.#controller.signal;
  }

  alive() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#leave, this.#silence);
  }

  end() {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#leave);
  }
}
