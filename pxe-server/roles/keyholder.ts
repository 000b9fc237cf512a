import { openKeyHolder } from '../keyholder/keyholder.ts';
import type { KeyHolderCalls } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface KeyHolderSettings {
  folder: string;
}

type Request<Name extends keyof KeyHolderCalls> = KeyHolderCalls[Name]['request'];

/** Holds the certificate authorities and the manager's key: signs and connects, serves no web request. */
async function start({ settings, link }: RoleProcess<KeyHolderSettings>): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  const holder = await openKeyHolder({ folder: settings.folder, signal: stopping.signal });
  link.answer('identity', () => ({
    serviceCa: holder.serviceCa(),
    fingerprint: holder.serviceCaFingerprint(),
    clientCa: holder.clientCa(),
    managerDn: holder.managerDn(),
  }));
  link.answer('issueService', async ({ csr, dns, ip }: Request<'issueService'>) => ({
    certificate: await holder.issueService(csr, { dns, ip }),
  }));
  link.answer('signHost', (request: Request<'signHost'>) => holder.signHost(request));
  link.answer('probe', ({ hostId, ...host }: Request<'probe'>) =>
    holder.probe(
      host,
      (step) => link.notify('control', { type: 'probe-step', hostId, ...step }),
      stopping.signal,
    ),
  );
  return async () => stopping.abort();
}

await runRole('keyholder', start);
