// The REST API as the page uses it. The token lives in this tab only.
import { learnTime } from './clock.js';

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

/** An answer that was refused (its status and code) or never came (status 0), in words for people. */
export class ApiError extends Error {
  constructor({ status, code, message, mend }) {
    super([message, mend].filter(Boolean).map(sentence).join(' '));
    this.status = status;
    this.code = code;
  }
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.?!…]$/.test(text) ? '' : '.'}`;

export class Api {
  #token;
  #onRefused;

  /** `onRefused` is called when the server no longer knows the token. */
  constructor(token, onRefused = () => undefined) {
    this.#token = token;
    this.#onRefused = onRefused;
  }

  get = (path) => this.#call('GET', path);
  post = (path, body = {}) => this.#call('POST', path, body);
  put = (path, body) => this.#call('PUT', path, body);
  delete = (path) => this.#call('DELETE', path);

  /** The response to a GET whose body is read bit by bit. */
  async open(path, signal) {
    const headers = { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`/api/v1${path}`, { headers, signal });
    learnTime(response.headers.get('date'));
    if (response.status === 401) this.#onRefused();
    if (!response.ok) throw new ApiError({ status: response.status, message: `status ${response.status}` });
    return response;
  }

  async #call(method, path, body) {
    const response = await this.#fetch(method, path, body);
    learnTime(response.headers.get('date'));
    const answer = await response.json().catch(() => ({ message: `status ${response.status}` }));
    if (response.ok) return answer;
    if (response.status === 401) this.#onRefused();
    throw new ApiError({ status: response.status, ...answer });
  }

  async #fetch(method, path, body) {
    const headers = { authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    } catch {
      throw new ApiError({ status: 0, message: 'no answer from the server', mend: 'is it running?' });
    }
  }
}
