import { createHash, X509Certificate } from 'node:crypto';
import { Registered } from '../../builder/contract/agent-protocol.ts';
import { inventory } from '../pxe-server/enrol/request.ts';
import { LostFault, sleep } from './fault.ts';
import { ask } from './http.ts';

/** What an agent is told on the kernel's command line. */
export interface AgentTold {
  url: string;
  /** SHA-256 of the authority. */
  ca: string;
  token: string;
}

/** Milliseconds between two tries, as the agent's own. */
const PAUSE = 5000;

/**
 * The machine's agent: takes the authority by its digest, and registers. It asks again as long as the service does not
 * answer, and stops when it is refused.
 * @throws LostFault when it is refused
 */
export async function register(
  { url, ca, token }: AgentTold,
  machine: { mac: string; address: string; csr: string },
  repeated: () => void,
): Promise<void> {
  const { mac, address: local, csr } = machine;
  const body = { inventory: inventory(mac, { addresses: [local] }), csr };
  let authority: string | undefined;
  for (;;) {
    try {
      authority ??= await authorityOf(url, ca, local);
      const answer = await ask(`${url}/agent/v1/register`, { local, ca: authority, post: { token, body } });
      if (answer.status === 200) return void Registered.parse(JSON.parse(answer.body));
      if (answer.status !== 429 && answer.status < 500)
        throw new LostFault(`${mac}: registration got ${answer.status}: ${answer.body.slice(0, 200)}`);
    } catch (error) {
      if (error instanceof LostFault) throw error;
    }
    repeated();
    await sleep(PAUSE);
  }
}

async function authorityOf(url: string, digest: string, local: string): Promise<string> {
  const { status, body } = await ask(`${url}/agent/v1/ca`, { local });
  const found = status === 200 && createHash('sha256').update(new X509Certificate(body).raw).digest('hex');
  if (found === digest) return body;
  throw new Error(`the authority of ${url} is not ${digest}`);
}
