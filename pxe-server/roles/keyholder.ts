import { openKeyHolder } from '../keyholder/keyholder.ts';
import { type ProbeStep, probeOutcome } from '../manager/probe.ts';
import type { KeyHolderCalls } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface KeyHolderSettings {
  folder: string;
}

type Answers = {
  [Name in keyof KeyHolderCalls]: (
    request: KeyHolderCalls[Name]['request'],
  ) => KeyHolderCalls[Name]['reply'] | Promise<KeyHolderCalls[Name]['reply']>;
};

/** Holds the certificate authorities and the manager's key: signs and connects, serves no web request. */
async function start({ settings, link }: RoleProcess<KeyHolderSettings>): Promise<() => Promise<void>> {
  const holder = await openKeyHolder({ folder: settings.folder });
  const answers: Answers = {
    identity: () => ({
      serviceCa: holder.serviceCa(),
      fingerprint: holder.serviceCaFingerprint(),
      clientCa: holder.clientCa(),
      managerDn: holder.managerDn(),
    }),
    issueService: async ({ csr, dns, ip }) => ({ certificate: await holder.issueService(csr, { dns, ip }) }),
    signHost: (request) => holder.signHost(request),
    probe: async ({ hostId, ...host }) => {
      const onStep = (step: ProbeStep) => link.notify('control', { type: 'probe-step', hostId, ...step });
      return probeOutcome(await holder.probe(host, onStep));
    },
  };
  for (const [name, answer] of Object.entries(answers)) link.answer(name, answer);
  return () => holder.close();
}

await runRole('keyholder', start);
