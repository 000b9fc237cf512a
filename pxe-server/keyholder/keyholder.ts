import { join } from 'node:path';
import { z } from 'zod';
import { MANAGER_DN } from '../../builder/contract/agent-protocol.ts';
import { HostName } from '../../builder/contract/fields.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import { publicKeyOf } from '../certificates/request.ts';
import { type ProbeHost, type ProbeResult, type ProbeStep, probeHost } from '../manager/probe.ts';
import { type Authority, issue, openAuthority } from './ca.ts';
import { openManagerIdentity } from './manager-identity.ts';

/** Holds the keys of the three authorities and of the manager: signs and connects, serves no web request. */
export interface KeyHolder {
  /** PEM of the authority behind the HTTPS endpoint that agents talk to. */
  serviceCa(): string;
  /** Lower-case hex SHA-256 of its DER form: `rackhand.ca`. */
  serviceCaFingerprint(): string;
  /** PEM of the authority that signs managers' certificates: cacert.pem on the hosts. */
  clientCa(): string;
  /** The manager's distinguished name as libvirt writes it: `tls_allowed_dn_list` on the hosts. */
  managerDn(): string;
  /** Certificate (PEM) for the service's HTTPS endpoint, 365 days. @throws RackhandError csr-bad */
  issueService(csrPem: string, names: { dns: string[]; ip: string[] }): Promise<string>;
  signHost(request: HostRequest): Promise<HostCertificate>;
  /** Proves that a host is a working hypervisor; each finished step goes to `onStep`. Never throws for a host's fault. */
  probe(host: ProbeHost, onStep: (step: ProbeStep) => void): Promise<ProbeResult>;
  /** Cancels the probes that run and waits until each has taken its guest away. */
  close(): Promise<void>;
}

/** Name and addresses must have been checked to be the host's own by the caller. */
export interface HostRequest {
  csr: string;
  hostName: string;
  addresses: string[];
}

export interface HostCertificate {
  /** PEM. */
  certificate: string;
  /** ISO time. */
  notAfter: string;
  /** Lower-case hex SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  publicKeySha256: string;
}

const HOST_DAYS = 30;
const SERVICE_DAYS = 365;
const Addresses = z.array(z.union([z.ipv4(), z.ipv6()])).max(256);
const Names = z.array(HostName).max(64);

/** Opens the keys in `folder` (0700), making what is not there yet. */
export async function openKeyHolder(options: { folder: string }): Promise<KeyHolder> {
  const service = await openAuthority(options.folder, 'service');
  const hosts = await openAuthority(options.folder, 'hosts');
  const clients = await openAuthority(options.folder, 'clients');
  const manager = await openManagerIdentity(join(options.folder, 'manager'), clients, hosts);

  const closing = new AbortController();
  const probes = new Set<Promise<unknown>>();

  return {
    serviceCa: () => pem(service),
    serviceCaFingerprint: () => sha256(new Uint8Array(service.certificate.rawData)),
    clientCa: () => pem(clients),
    managerDn: () => MANAGER_DN,
    async issueService(csrPem, names) {
      const { publicKey } = await publicKeyOf(csrPem);
      const dns = checked(Names, names.dns);
      const ip = checked(Addresses, names.ip);
      const commonName = dns[0] ?? 'rackhand';
      const order = { publicKey, commonName, usage: 'server', dns, ip, days: SERVICE_DAYS } as const;
      return `${(await issue(service, order)).toString('pem')}\n`;
    },
    async signHost(request) {
      const { publicKey, sha256: publicKeySha256 } = await publicKeyOf(request.csr);
      const commonName = checked(HostName, request.hostName);
      const ip = [...new Set(checked(Addresses, request.addresses))];
      const certificate = await issue(hosts, {
        publicKey,
        commonName,
        usage: 'server',
        dns: [commonName],
        ip,
        days: HOST_DAYS,
      });
      return {
        certificate: `${certificate.toString('pem')}\n`,
        notAfter: certificate.notAfter.toISOString(),
        publicKeySha256,
      };
    },
    async probe(host, onStep) {
      const pki = await manager.folder();
      const probe = probeHost(host, { pki, onStep, signal: closing.signal });
      probes.add(probe);
      return probe.finally(() => probes.delete(probe));
    },
    async close() {
      closing.abort();
      await Promise.allSettled(probes);
    },
  };
}

function pem(authority: Authority): string {
  return `${authority.certificate.toString('pem')}\n`;
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const why = result.error.issues[0]?.message ?? 'wrong form';
  throw new RackhandError(
    'names-bad',
    `names for a certificate are refused: ${why}`,
    'pass DNS names and addresses',
  );
}
