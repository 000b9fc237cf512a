import { RackhandError } from '../../builder/shared/errors.ts';

export interface ApiClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  delete(path: string): Promise<unknown>;
}

/** The REST API over fetch; errors of the server are thrown with its own code, message and mend. */
export function apiClient(url: string, token: string): ApiClient {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    let response: Response;
    try {
      response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new RackhandError('api-silent', `no answer from ${url}`, 'is rackhand serve running there?', {
        cause,
      });
    }
    const answer = (await response.json()) as { code?: string; message?: string; mend?: string };
    if (response.ok) return answer;
    throw new RackhandError(
      answer.code ?? 'api-failed',
      answer.message ?? `status ${response.status}`,
      answer.mend ?? '',
    );
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
  };
}
