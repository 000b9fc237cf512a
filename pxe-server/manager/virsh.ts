import { isIPv6 } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { RackhandError } from '../../builder/shared/errors.ts';
import { type RunResult, run } from '../../builder/shared/process/run.ts';
import { explainVirsh } from './explain.ts';

export interface VirshTarget {
  /** IPv4 or IPv6 address; the host's certificate must name it. */
  address: string;
  /** Folder with cacert.pem, clientcert.pem and clientkey.pem. */
  pki: string;
  port?: number;
  signal?: AbortSignal;
}

/**
 * no_sanity: cacert.pem is the authority of hosts and the client's own certificate is from another, which
 * libvirt's check of itself would take for a mistake. The host's certificate is verified all the same.
 */
export function virshUri(target: VirshTarget): string {
  const host = isIPv6(target.address) ? `[${target.address}]` : target.address;
  const port = target.port === undefined ? '' : `:${target.port}`;
  return `qemu+tls://${host}${port}/system?no_tty=1&no_sanity=1&pkipath=${encodeURIComponent(target.pki)}`;
}

/**
 * Runs one virsh command on a host and gives its standard output.
 * @throws RackhandError with the code of explain.ts | cancelled | host-silent
 */
export async function virsh(target: VirshTarget, command: string[], timeout = 30_000): Promise<string> {
  let result: RunResult;
  try {
    result = await run(['virsh', '--quiet', '--connect', virshUri(target), ...command], {
      timeout,
      okCodes: [0, 1],
      // No configuration and no cached credentials of whoever runs the service.
      env: { HOME: target.pki, XDG_CONFIG_HOME: target.pki, XDG_CACHE_HOME: target.pki },
      need: 'libvirt-clients (Debian) or libvirt-client (EL) has it',
      ...(target.signal && { signal: target.signal }),
    });
  } catch (cause) {
    if (!(cause instanceof RackhandError) || cause.code !== 'command-timeout') throw cause;
    const what = `the host did not answer ${command[0]} within ${timeout / 1000} s`;
    throw new RackhandError('host-silent', what, 'see whether the host and its libvirt daemon hang', {
      cause,
    });
  }
  if (result.code === 0) return result.stdout;
  const { code, message, mend } = explainVirsh(result.stderr);
  throw new RackhandError(code, message, mend);
}

/** @throws RackhandError cancelled */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal ? { signal } : {});
  } catch (cause) {
    throw new RackhandError('cancelled', 'the probe was cancelled', 'start it again', { cause });
  }
}
