import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { type ApiClient, apiClient } from '../api/client.ts';

export interface ApiOptions {
  url: string;
  tokenFile?: string;
  json?: boolean;
}

const URL = 'http://127.0.0.1:8080';
/** Where the first token is when the service keeps its state in the usual place. */
const TOKEN_FILE = '/var/lib/rackhand/control/api-token';

export function withApiOptions(command: Command): Command {
  return command
    .option('--url <url>', 'API address (or RACKHAND_URL)', process.env.RACKHAND_URL ?? URL)
    .option('--token-file <file>', `file with the API token (else RACKHAND_TOKEN, else ${TOKEN_FILE})`)
    .option('--json', 'print the answer as JSON');
}

/** Calls the API and prints its answer, told by `tell` unless JSON is wanted. */
export function caller(write: (text: string) => void) {
  return async <T>(
    options: ApiOptions,
    ask: (api: ApiClient) => Promise<unknown>,
    tell: (answer: T) => string,
  ) => {
    const answer = await ask(await openClient(options));
    write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : tell(answer as T));
  };
}

/** @throws RackhandError token-absent | token-invalid */
export async function openClient(options: ApiOptions): Promise<ApiClient> {
  const text =
    options.tokenFile === undefined && process.env.RACKHAND_TOKEN !== undefined
      ? process.env.RACKHAND_TOKEN
      : await readToken(options.tokenFile ?? TOKEN_FILE);
  const token = text.trim();
  if (/^[0-9a-f]{32}$/.test(token)) return apiClient(options.url, token);
  const what = 'the API token is not 32 lower-case hex digits';
  throw new RackhandError('token-invalid', what, `take the one that the service made, e.g. in ${TOKEN_FILE}`);
}

async function readToken(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why =
      errno(cause) === 'EACCES' ? 'only the service and root may read it' : (errno(cause) ?? 'error');
    const mend = 'set RACKHAND_TOKEN, or name a readable file: --token-file STATE/control/api-token';
    throw new RackhandError('token-absent', `cannot read the API token in ${path}: ${why}`, mend, { cause });
  }
}
