// The REST API as the page uses it. The token lives in this tab only.
const KEY = 'rackhand-token';

/** The token of this tab: from the address (#token=…, then removed) or from an earlier login. */
export function storedToken() {
  const given = /^#token=([0-9a-f]{32})$/.exec(location.hash)?.[1];
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(KEY);
}

export function keepToken(token) {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/** Calls the API; throws { status, code, message, mend } when it is refused. */
export async function call(token, method, path, body) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw { status: response.status, ...answer };
  return answer;
}

/** Follows the event stream for ever; after a break it goes on behind the last event. */
export async function follow(token, after, onEvent, onLink) {
  for (let last = after, pause = 500; ; pause = Math.min(10_000, pause * 2)) {
    try {
      const response = await fetch(`/api/v1/events/stream?after=${last}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      onLink(true);
      pause = 500;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ''; ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        const parts = (rest + value).split('\n\n');
        rest = parts.pop();
        for (const part of parts) {
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (!data) continue;
          const event = JSON.parse(data);
          last = event.id;
          onEvent(event);
        }
      }
    } catch {
      // said by the line below
    }
    onLink(false);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
