import { expect, it } from 'vitest';
import { explainVirsh } from '../../../pxe-server/manager/explain.ts';

const CONNECT = 'error: failed to connect to the hypervisor\nerror: ';

it.each([
  [`${CONNECT}unable to connect to server at '192.0.2.1:16514': Connection refused`, 'host-unreachable'],
  [`${CONNECT}unable to connect to server at '192.0.2.1:16514': No route to host`, 'host-unreachable'],
  [`${CONNECT}unable to connect to server at '192.0.2.1:16514': Connection timed out`, 'host-unreachable'],
  [`${CONNECT}Certificate [session] owner does not match the hostname 192.0.2.9`, 'tls-wrong-name'],
  [
    `${CONNECT}authentication failed: Failed to verify peer's certificate\nerror: Certificate [session] owner does not match the hostname 192.0.2.9`,
    'tls-wrong-name',
  ],
  [`${CONNECT}The certificate hasn't got a known issuer.`, 'tls-wrong-authority'],
  [`${CONNECT}Unable to verify TLS peer: The certificate is not trusted.`, 'tls-wrong-authority'],
  [`${CONNECT}The server certificate has expired`, 'tls-wrong-time'],
  [`${CONNECT}The server certificate is not yet active`, 'tls-wrong-time'],
  [
    `${CONNECT}authentication failed: Client's Distinguished Name is not on the list of allowed clients`,
    'tls-refused-us',
  ],
  [`${CONNECT}Unable to read TLS confirmation: Input/output error`, 'tls-refused-us'],
  [`${CONNECT}Server verification (of our certificate or IP address) failed`, 'tls-refused-us'],
  ['error: unsupported configuration: KVM is not supported by this host', 'kvm-missing'],
  [
    'error: internal error: process exited while connecting to monitor: Could not access KVM kernel module: No such file or directory',
    'kvm-missing',
  ],
  ['error: internal error: qemu-kvm: failed to initialize kvm: Operation not permitted', 'kvm-missing'],
  ['error: cannot extend file: No space left on device', 'host-full'],
  ['error: Requested operation is not valid: domain is not running', 'libvirt-failed'],
  ['', 'libvirt-failed'],
])('%s → %s', (output, code) => {
  const trouble = explainVirsh(output);
  expect(trouble.code).toBe(code);
  expect(trouble.mend).not.toBe('');
});

it.each([
  ['error: failed to connect\nerror: The last word  \n\n', 'The last word  '],
  ['no prefix at all', 'no prefix at all'],
  ['', 'virsh gave no reason'],
  [`error: ${'x'.repeat(400)}`, 'x'.repeat(300)],
])('keeps the last error: %j', (output, message) => {
  expect(explainVirsh(output).message).toBe(message);
});
