import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MANAGER_DN } from '../../builder/contract/agent-protocol.ts';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { type Authority, issue, newKeyPair, privateKeyPem } from './ca.ts';

const MANAGER_NAME = MANAGER_DN.replace(/^CN=/, '');
const DAYS = 30;
const RENEW_BEFORE_MS = 10 * 24 * 60 * 60 * 1000;

export interface ManagerIdentity {
  /** Folder for libvirt's `pkipath=`, with a certificate that is good for ten days or more. */
  folder(): Promise<string>;
}

/**
 * The manager's client certificate, key and the hosts' authority, under the names that libvirt looks for.
 * The key is new at each start and stays, so that a renewal replaces one file only.
 */
export async function openManagerIdentity(
  folder: string,
  clients: Authority,
  hosts: Authority,
): Promise<ManagerIdentity> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const keys = await newKeyPair();
  const renew = async () => {
    const order = { commonName: MANAGER_NAME, usage: 'client', days: DAYS } as const;
    const certificate = await issue(clients, { publicKey: keys.publicKey, ...order });
    await writeFileAtomic(join(folder, 'clientcert.pem'), `${certificate.toString('pem')}\n`, 0o600);
    return certificate;
  };
  await writeFileAtomic(join(folder, 'cacert.pem'), `${hosts.certificate.toString('pem')}\n`, 0o600);
  await writeFileAtomic(join(folder, 'clientkey.pem'), `${await privateKeyPem(keys.privateKey)}\n`, 0o600);
  let current = await renew();
  return {
    async folder() {
      if (current.notAfter.getTime() - Date.now() < RENEW_BEFORE_MS) current = await renew();
      return folder;
    },
  };
}
