import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Registered } from '../../../builder/contract/agent-protocol.ts';
import { freshKeys, type Keys } from '../../pxe-server/enrol/desk.ts';
import { requestByOpenssl } from '../../pxe-server/keyholder/openssl.ts';
import { type Machine, makeMachine } from './machine.ts';
import { callEach, load, SHELLS } from './shell.ts';

let keys: Keys;
let machine: Machine;
let answer: Registered;
let foreign: string;

beforeAll(async () => {
  keys = await freshKeys();
  machine = await makeMachine();
  const sign = async (csr: string) =>
    (await keys.holder.signHost({ csr, hostName: 'node1', addresses: ['192.0.2.1'] })).certificate;
  const { key, csr } = await requestByOpenssl();
  await machine.write('etc/pki/libvirt/private/serverkey.pem', key);
  await machine.write('run/rackhand/addresses.json', '["192.0.2.1"]');
  foreign = await sign((await requestByOpenssl()).csr);
  answer = {
    ...{ state: 'registered', hostId: 'h1', hostName: 'node1', heartbeatSeconds: 10 },
    ...{ sessionToken: '0123456789abcdef'.repeat(2), managerDn: keys.holder.managerDn() },
    ...{ certificate: await sign(csr), clientCa: keys.holder.clientCa() },
  };
});
afterAll(async () => {
  await keys?.remove();
  await machine?.remove();
});

const NO_REGISTRATION = 'the answer is not a registration';

it.each(SHELLS)('%s installs nothing that it cannot use, and says why', async (_name, shell) => {
  const changed = (change: object) => JSON.stringify({ ...answer, ...change });
  const table: [body: string, why: string][] = [
    ['', NO_REGISTRATION],
    ['<html>', NO_REGISTRATION],
    ['[]', NO_REGISTRATION],
    [changed({ state: 'pending' }), NO_REGISTRATION],
    [changed({ hostName: 'Node 1' }), NO_REGISTRATION],
    [changed({ hostName: 'a\nb' }), NO_REGISTRATION],
    [changed({ managerDn: 'CN=x"]\nauth_tls = "none' }), NO_REGISTRATION],
    [changed({ managerDn: '' }), NO_REGISTRATION],
    [changed({ sessionToken: 'x' }), NO_REGISTRATION],
    [changed({ heartbeatSeconds: 0 }), NO_REGISTRATION],
    [changed({ heartbeatSeconds: '10' }), NO_REGISTRATION],
    [changed({ heartbeatSeconds: 86400 }), NO_REGISTRATION],
    [changed({ certificate: null }), NO_REGISTRATION],
    [changed({ clientCa: 'none' }), 'the certificate authority in the answer is not a certificate'],
    [changed({ certificate: 'none' }), 'the certificate in the answer is not for the key of this host'],
    [changed({ certificate: foreign }), 'the certificate in the answer is not for the key of this host'],
  ];
  const prelude = `${load('base', 'identity', 'settings', 'http', 'tls')}
install() {
  rm -f "$CERTIFICATE" "$PKI/CA/cacert.pem"
  printf '%s' "$1" >"$ANSWER"
  if install_certificate; then cat "$CERTIFICATE" "$PKI/CA/cacert.pem"; else echo "$WHY"; fi
  [ -e "$CERTIFICATE" ]
}
`;
  const calls = [...table.map(([body]) => body), changed({})].map((body) => ['install', body]);
  const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
  expect(results.slice(0, -1)).toEqual(table.map(([, stdout]) => ({ code: 1, stdout })));
  expect(results.at(-1)).toEqual({ code: 0, stdout: `${answer.certificate}${answer.clientCa}`.trimEnd() });
});

it.each(SHELLS)('%s asks for a certificate with its name and addresses', async (_name, shell) => {
  const addresses = ['192.0.2.1', '2001:db8::1'];
  const prelude = `${load('base', 'identity', 'settings', 'http', 'tls')}
request() {
  printf '%s\\n' "$2" >"$RUN/addresses.json"
  printf '%s' "$1" >"$ROOT/proc/sys/kernel/hostname"
  certificate_request && openssl req -in "$RUN/csr.pem" -noout -verify -subject -nameopt RFC2253 2>/dev/null &&
    openssl req -in "$RUN/csr.pem" -noout -text | sed -n 's/^ *\\(DNS:.*\\)/\\1/p'
}
`;
  const long = `${'a'.repeat(60)}.example`;
  const table: [name: string, addresses: string[], stdout: RegExp][] = [
    [
      'node1',
      addresses,
      /^subject=CN=node1\nDNS:node1, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1$/,
    ],
    [long, [], new RegExp(`^subject=CN=${long.slice(0, 64)}\nDNS:${long}$`)],
    ['', [], /^subject=CN=localhost\nDNS:localhost$/],
    ['(none)', [], /^subject=CN=localhost\nDNS:localhost$/],
    ['a,IP:192.0.2.66', [], /^subject=CN=localhost\nDNS:localhost$/],
  ];
  const calls = table.map(([name, given]) => ['request', name, JSON.stringify(given)]);
  const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
  for (const [i, [, , expected]] of table.entries()) {
    expect(results[i]!.stdout.replace(/^Certificate request.*\n/, '')).toMatch(expected);
  }
});

it('the key is made once', async () => {
  const fresh = await makeMachine();
  const prelude = `${load('base', 'identity', 'settings', 'http', 'tls')}mkdir -p "$RUN"\n`;
  const calls = [
    ['make_key'],
    ['openssl', 'pkey', '-in', `${fresh.root}/etc/pki/libvirt/private/serverkey.pem`],
  ];
  try {
    const results = await callEach(SHELLS[0]![1], prelude, [...calls, ...calls], {
      RACKHAND_ROOT: fresh.root,
    });
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(results[1]!.stdout).toContain('PRIVATE KEY');
    expect(results[3]!.stdout).toBe(results[1]!.stdout);
  } finally {
    await fresh.remove();
  }
});

it.each(SHELLS)(
  '%s: the first key and certificate come of one openssl and belong together',
  async (_, shell) => {
    const fresh = await makeMachine();
    try {
      const pki = `${fresh.root}/etc/pki`;
      const key = `${pki}/libvirt/private/serverkey.pem`;
      const certificate = `${pki}/libvirt/servercert.pem`;
      const prelude = `${load('base', 'identity', 'settings', 'http', 'tls')}mkdir -p "$RUN"\numask 077\n
counted() { openssl() { echo 1 >>"$RUN/openssl-runs"; command openssl "$@"; }; first_pair && cat "$RUN/openssl-runs"; }
`;
      const calls = [
        ['counted'],
        ['openssl', 'pkey', '-in', key, '-pubout'],
        ['openssl', 'x509', '-in', certificate, '-noout', '-pubkey'],
        ['openssl', 'x509', '-in', certificate, '-noout', '-subject', '-nameopt', 'RFC2253'],
        ['openssl', 'pkey', '-in', key, '-noout', '-text'],
        ['cmp', certificate, `${pki}/CA/cacert.pem`],
        ['stat', '-c', '%a', key, certificate, `${pki}/CA/cacert.pem`],
        ['find', pki, '-name', '.rackhand.*'],
        ['first_pair'],
      ];
      const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: fresh.root });
      expect(results.map(({ code }) => code)).toEqual([...calls.slice(1).map(() => 0), 1]);
      expect(results[0]!.stdout).toBe('1');
      expect(results[2]!.stdout).toBe(results[1]!.stdout);
      expect(results[3]!.stdout).toBe('subject=CN=unregistered');
      expect(results[4]!.stdout).toContain('NIST CURVE: P-256');
      expect(results[6]!.stdout).toBe('600\n644\n644');
      expect(results[7]!.stdout).toBe('');
    } finally {
      await fresh.remove();
    }
  },
);

it('half a pair is left to the ways that know what is missing', async () => {
  const fresh = await makeMachine();
  try {
    await fresh.write('etc/pki/libvirt/private/serverkey.pem', 'kept');
    const prelude = `${load('base', 'identity', 'settings', 'http', 'tls')}mkdir -p "$RUN"\n`;
    const calls = [['first_pair'], ['cat', `${fresh.root}/etc/pki/libvirt/private/serverkey.pem`]];
    const results = await callEach(SHELLS[0]![1], prelude, calls, { RACKHAND_ROOT: fresh.root });
    expect(results).toMatchObject([{ code: 1 }, { code: 0, stdout: 'kept' }]);
  } finally {
    await fresh.remove();
  }
});
