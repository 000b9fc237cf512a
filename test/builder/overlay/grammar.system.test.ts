import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, makeMachine } from './machine.ts';
import { callEach, load, SHELLS } from './shell.ts';

const HEX = '0123456789abcdef';
const TOKEN = HEX + HEX;
const CA = TOKEN + TOKEN;
const SERVER = 'https://192.0.2.1:8443';
const given = (url = SERVER, ca = CA, token = TOKEN) =>
  `rackhand.url=${url} rackhand.ca=${ca} rackhand.token=${token}`;

let machine: Machine;
beforeAll(async () => {
  machine = await makeMachine({ nics: ['eth0', 'eth1'].map((name) => ({ name, mac: '52:54:00:00:00:01' })) });
});
afterAll(() => machine.remove());

/** One function over many texts: which it takes. */
async function taken(shell: string[], parts: string[], name: string, texts: string[], more: string[] = []) {
  const calls = texts.map((text) => [name, text, ...more]);
  const results = await callEach(shell, load(...parts), calls, { RACKHAND_ROOT: machine.root });
  return texts.filter((_, i) => results[i]!.code === 0);
}

describe.each(SHELLS)('%s', (_name, shell) => {
  it('tells tokens from other texts', async () => {
    const right = [TOKEN, '0'.repeat(32)];
    const wrong = [
      '',
      HEX,
      `${TOKEN}0`,
      TOKEN.toUpperCase(),
      TOKEN.replace('a', 'g'),
      ` ${TOKEN}`,
      '*',
      `${TOKEN}\n`,
    ];
    expect(await taken(shell, ['base'], 'is_hex', [...right, ...wrong], ['32'])).toEqual(right);
  });
  it('tells fingerprints, of which the first 32 digits are enough, from other texts', async () => {
    const right = [TOKEN, CA, CA.slice(0, 33)];
    const wrong = [
      '',
      TOKEN.slice(1),
      `${CA}0`,
      CA.toUpperCase(),
      `${TOKEN.slice(0, 31)}g`,
      `${TOKEN} ${TOKEN}`,
    ];
    expect(await taken(shell, ['base', 'settings'], 'is_fingerprint', [...right, ...wrong])).toEqual(right);
  });
  it('tells the URL of a server from other texts', async () => {
    const right = [SERVER, 'https://[2001:db8::1]:8443', 'https://server.rack-1.example:8443', 'https://a'];
    const wrong = [
      '',
      'https://',
      'http://192.0.2.1:8443',
      `${SERVER}/`,
      `${SERVER}/x`,
      'https://a b',
      'https://a"b',
    ];
    const odd = [
      'https://a\\b',
      'https://$(id)',
      'https://a_b',
      'https://ä',
      'https://user@a',
      'https://a?b',
      `${SERVER}\n`,
    ];
    expect(await taken(shell, ['base', 'settings'], 'is_url', [...right, ...wrong, ...odd])).toEqual(right);
  });
  it('makes the URL of what a person types', async () => {
    const table: [typed: string, url: string][] = [
      ['192.0.2.1', 'https://192.0.2.1:8443'],
      ['192.0.2.1:443', 'https://192.0.2.1:443'],
      ['https://192.0.2.1:8443/', 'https://192.0.2.1:8443'],
      ['server.example', 'https://server.example:8443'],
      ['2001:db8::1', 'https://[2001:db8::1]:8443'],
      ['[2001:db8::1]', 'https://[2001:db8::1]:8443'],
      ['[2001:db8::1]:443', 'https://[2001:db8::1]:443'],
      ...['', ':8443', '192.0.2.1:', '192.0.2.1:x', 'a:123456', 'a b', '192.0.2.1/x', '"', 'http://a'].map(
        (typed): [string, string] => [typed, ''],
      ),
    ];
    const calls = table.map(([typed]) => ['server_url', typed]);
    const results = await callEach(shell, load('base', 'settings', 'pairing'), calls);
    expect(table.map(([typed], i) => [typed, results[i]!.stdout])).toEqual(table);
    expect(results.map(({ code }) => code === 0)).toEqual(table.map(([, url]) => url !== ''));
  });

  it('checks static addresses and says what is wrong', async () => {
    const table: [address: string, fault: string][] = [
      ['192.0.2.10/24', ''],
      ['255.255.255.255/32', ''],
      ['0.0.0.0/1', ''],
      ['2001:db8::1/64', ''],
      ['::1/128', ''],
      ['192.0.2.10', 'the prefix length is missing: 24 stands for 255.255.255.0'],
      ['', 'the prefix length is missing: 24 stands for 255.255.255.0'],
      ['192.0.2.10/', 'the prefix length is 1 to 32'],
      ['192.0.2.10/0', 'the prefix length is 1 to 32'],
      ['192.0.2.10/33', 'the prefix length is 1 to 32'],
      ['192.0.2.10/255.255.255.0', 'the prefix length is 1 to 32'],
      ['192.0.2.10/24/24', 'the prefix length is 1 to 32'],
      ['192.0.2.10/-1', 'the prefix length is 1 to 32'],
      ['192.0.2.10/99999999999999999999', 'the prefix length is 1 to 32'],
      ['2001:db8::1/129', 'the prefix length is 1 to 128'],
      ['192.0.2/24', '192.0.2 is not an address'],
      ['192.0.2.1.5/24', '192.0.2.1.5 is not an address'],
      ['192.0.2.256/24', '192.0.2.256 is not an address'],
      ['192.0.02.1/24', '192.0.02.1 is not an address'],
      ['192.0..1/24', '192.0..1 is not an address'],
      ['192.0.2.1:80/24', '192.0.2.1:80 is not an address'],
      ['a.b.c.d/24', 'a.b.c.d is not an address'],
      ['2001:db8/24', '2001:db8 is not an address'],
      ['*/24', '* is not an address'],
      ['/24', ' is not an address'],
    ];
    const calls = table.map(([address]) => ['is_address_with_prefix', address]);
    const results = await callEach(shell, load('base', 'static'), calls);
    expect(table.map(([address], i) => [address, results[i]!.stdout])).toEqual(table);
    expect(results.map(({ code }) => code === 0)).toEqual(table.map(([, fault]) => fault === ''));
  });
  it('takes an address or nothing for gateway and DNS server', async () => {
    const right = ['', '192.0.2.1', '2001:db8::1'];
    const wrong = ['none', '192.0.2.1/24', ' ', '0'];
    expect(await taken(shell, ['base', 'static'], 'is_address_or_nothing', [...right, ...wrong])).toEqual(
      right,
    );
  });

  it('reads settings from the kernel command line, then from the medium or what was typed', async () => {
    const typed = `url=${SERVER}\nca=${TOKEN}\ntoken=${TOKEN}\n`;
    const other = 'https://192.0.2.2:1';
    const table: [cmdline: string, settings: string, expected: string][] = [
      [`ro ${given()} quiet`, '', `kernel command line ${SERVER} ${CA} ${TOKEN}`],
      [`\t ${given()}\n`, '', `kernel command line ${SERVER} ${CA} ${TOKEN}`],
      [given(), typed.replace(SERVER, other), `kernel command line ${SERVER} ${CA} ${TOKEN}`],
      [`${given(other)} ${given()}`, '', `kernel command line ${SERVER} ${CA} ${TOKEN}`],
      ['ro quiet', typed, `console ${SERVER} ${TOKEN} ${TOKEN}`],
      ['', typed.trimEnd(), `console ${SERVER} ${TOKEN} ${TOKEN}`],
      ['ro quiet', `from=medium\n${typed}`, `medium ${SERVER} ${TOKEN} ${TOKEN}`],
      ['ro quiet * ?', '', 'nothing'],
      ['', '', 'nothing'],
      ['xrackhand.url=a rackhand.urls=b', '', 'nothing'],
      [`rackhand.url=${SERVER}`, '', 'stopped settings-bad'],
      [`rackhand.token=${TOKEN}`, '', 'stopped settings-bad'],
      [given('http://192.0.2.1:8443'), '', 'stopped settings-bad'],
      [given(SERVER, HEX), '', 'stopped settings-bad'],
      [given(SERVER, CA, HEX), '', 'stopped settings-bad'],
      [given(SERVER, CA, `${TOKEN}"`), '', 'stopped settings-bad'],
      ['', typed.replace('token=', 'token=x'), 'stopped settings-bad'],
    ];
    const prelude = `${load('base', 'settings')}
mkdir -p "$RUN"
settings() {
  printf '%s' "$1" >"$ROOT/proc/cmdline"
  if [ -n "$2" ]; then printf '%s' "$2" >"$RUN/settings"; else rm -f "$RUN/settings"; fi
  : >"$ROOT/dev/kmsg"
  read_settings || { echo nothing && return; }
  (check_settings) || { sed -n 's/.*stopped .\\(settings-bad\\).*/stopped \\1/p' "$ROOT/dev/kmsg" && return "$REFUSED"; }
  printf '%s %s %s %s\\n' "$SETTINGS_FROM" "$URL" "$CA_SHA256" "$TOKEN"
}
`;
    const env = { RACKHAND_ROOT: machine.root };
    const results = await callEach(
      shell,
      prelude,
      table.map(([cmdline, settings]) => ['settings', cmdline, settings]),
      env,
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(table.map(([, , expected]) => expected));
  });

  it('waits longer each time, never in step, and as long as the server asked', async () => {
    const prelude = `${load('base')}
sleep_ms() { printf '%s ' "$1"; }
waits() { backoff_reset; for asked in "$@"; do backoff_wait "$asked"; done; }
`;
    const env = { RACKHAND_BACKOFF_FIRST_MS: '1000', RACKHAND_BACKOFF_CAP_MS: '5000' };
    const calls = [
      ...Array.from({ length: 5 }, () => ['waits', '0', '0', '0', '0', '0', '0']),
      ['waits', '60', '1', '2'],
    ];
    const results = (await callEach(shell, prelude, calls, env)).map(({ stdout }) =>
      stdout.trim().split(' ').map(Number),
    );
    for (const waits of results.slice(0, 5)) {
      for (const [i, around] of [1000, 2000, 4000, 5000, 5000, 5000].entries()) {
        expect(waits[i]).toBeGreaterThanOrEqual(around * 0.75);
        expect(waits[i]).toBeLessThanOrEqual(around * 1.25);
      }
    }
    expect(new Set(results.slice(0, 5).map((waits) => waits[0])).size).toBeGreaterThan(2);
    const [long, short, third] = results[5]!;
    expect(long).toBe(60_000);
    expect(short).toBeGreaterThanOrEqual(1500);
    expect(third).toBeGreaterThanOrEqual(3000);
  });
  it('sleeps parts of a second', async () => {
    const started = Date.now();
    const [result] = await callEach(shell, load('base'), [['sleep_ms', '85']]);
    expect(result).toEqual({ code: 0, stdout: '' });
    expect(Date.now() - started).toBeGreaterThanOrEqual(85);
  });
  it('reads how long the server asks to wait', async () => {
    const table: [headers: string, seconds: string][] = [
      ['HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\r\n', '7'],
      ['HTTP/2 503\r\nretry-after: 120\r\ndate: x\r\n\r\n', '120'],
      ['HTTP/1.1 200 OK\r\n\r\n', '0'],
      ['Retry-After: 9999\r\n', '600'],
      ['Retry-After: 99999999999\r\n', '0'],
      ['Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n', '0'],
      ['Retry-After:\r\n', '0'],
      ['Retry-After: -1\r\n', '0'],
      // The shell would take it for an octal number, or fail.
      ['Retry-After: 010\r\n', '0'],
      ['Retry-After: 09\r\n', '0'],
      ['', '0'],
    ];
    const prelude = `${load('base', 'settings', 'http')}
mkdir -p "$RUN"
asked() { printf '%s' "$1" >"$RUN/headers"; read_retry_after; echo "$RETRY_AFTER"; }
`;
    const calls = table.map(([headers]) => ['asked', headers]);
    const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
    expect(results.map(({ stdout }) => stdout)).toEqual(table.map(([, seconds]) => seconds));
  });
  it('says what curl said, without times', async () => {
    const table: [error: string, fault: string][] = [
      [
        "curl: (7) Failed to connect to 192.0.2.1 port 8443 after 3 ms: Couldn't connect to server\nmore\n",
        "(7) Failed to connect to 192.0.2.1 port 8443: Couldn't connect to server",
      ],
      ['curl: (28) Connection timed out after 10001 milliseconds\n', '(28) Connection timed out'],
      [
        'curl: (60) SSL certificate problem: self-signed certificate in certificate chain\n',
        '(60) SSL certificate problem: self-signed certificate in certificate chain',
      ],
      ['', ''],
    ];
    const prelude = `${load('base', 'settings', 'http')}
mkdir -p "$RUN"
fault() { printf '%s' "$1" >"$RUN/curl-error"; curl_fault; }
`;
    const calls = table.map(([error]) => ['fault', error]);
    const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
    expect(results.map(({ stdout }) => stdout)).toEqual(table.map(([, fault]) => fault));
  });
  it('knows what a status means', async () => {
    const table: Record<string, string> = {
      ...{ 200: 'ok', 202: 'pending', 400: 'refused', 401: 'refused', 403: 'refused', 404: 'refused' },
      ...{ 409: 'refused', 413: 'refused', 408: 'later', 425: 'later', 429: 'later', 500: 'later' },
      ...{ 503: 'later', '000': 'later', 301: 'later', 204: 'later' },
    };
    const prelude = `${load('base', 'settings', 'http')}kind() { STATUS=$1; kind_of_answer; }\n`;
    const results = await callEach(
      shell,
      prelude,
      Object.keys(table).map((status) => ['kind', status]),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(Object.values(table));
  });
  it('takes texts of an answer as one printable line', async () => {
    const table: [body: string, filter: string, text: string][] = [
      ['{"message":"no\\nsuch \\u001b[31mhost ä"}', '.message', 'no such  [31mhost  '],
      ['{"seconds":5}', '.seconds', '5'],
      ['{"renew":false}', '.renew', ''],
      ['{}', '.message', ''],
      ['<html>', '.message', ''],
      ['', '.message', ''],
      [`{"message":"${'x'.repeat(500)}"}`, '.message', 'x'.repeat(400)],
    ];
    const prelude = `${load('base', 'settings', 'http')}
mkdir -p "$RUN"
of_body() { printf '%s' "$1" >"$ANSWER"; answer "$2"; }
`;
    const calls = table.map(([body, filter]) => ['of_body', body, filter]);
    const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
    expect(results.map(({ stdout }) => stdout)).toEqual(table.map(([, , text]) => text));
  });

  it('reads one printable line of what firmware wrote', async () => {
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, n) => n + 32));
    const table: [bytes: string | Uint8Array, text: string][] = [
      ['Standard PC\n', 'Standard PC'],
      ['Standard PC', 'Standard PC'],
      ['  kept  \n', '  kept  '],
      ['first\nsecond\n', 'first'],
      ['', ''],
      ['\n', ''],
      ['Gerät ™\n', 'Gert '],
      ['a\x00b\tc\x1b[31m\x7f\n', 'abc[31m'],
      [Uint8Array.from({ length: 255 }, (_, n) => (n === 9 ? 9 : n + 1)), printable],
      ['-n \\c %s $(id) `id` * ?\n', '-n \\c %s $(id) `id` * ?'],
      ...[127, 128, 129, 199, 200, 1000].map((length): [string, string] => [
        'x'.repeat(length),
        'x'.repeat(Math.min(length, 128)),
      ]),
    ];
    for (const [i, [bytes]] of table.entries()) await machine.write(`texts/${i}`, bytes);
    const calls = [
      ...table.map((_, i) => ['text', `${machine.root}/texts/${i}`]),
      ['text', '/nowhere'],
      ['text', '/'],
    ];
    const results = await callEach(shell, load('base', 'identity'), calls);
    expect(results.map(({ stdout }) => stdout)).toEqual([...table.map(([, text]) => text), '', '']);
  });

  it('leaves of the configuration of libvirt what is not ours', async () => {
    const ours = `# rackhand begin
tls_allowed_dn_list = ["CN=rackhand-manager"]
tls_no_verify_certificate = 0
tls_no_sanity_certificate = 1
auth_tls = "none"
# rackhand end
`;
    const table: [before: string | null, kept: string][] = [
      [null, ''],
      ['', ''],
      ['# a comment\nlog_level = 3\n', '# a comment\nlog_level = 3\n'],
      ['log_level = 3', 'log_level = 3\n'],
      [`a = 1\n${ours}b = 2\n`, 'a = 1\nb = 2\n'],
      [
        '#auth_tls = "sasl"\nauth_tls = "sasl"\n  auth_tls = "sasl"\nauth_tcp = "sasl"\n',
        '#auth_tls = "sasl"\nauth_tcp = "sasl"\n',
      ],
      ['tls_allowed_dn_list = ["CN=a", "CN=b"]\nx = 1\n', 'x = 1\n'],
      ['tls_allowed_dn_list = [\n  "CN=a",\n  "CN=b"\n]\nx = [\n "y"\n]\n', 'x = [\n "y"\n]\n'],
      ['# back\\slash %s\n\n', '# back\\slash %s\n\n'],
    ];
    for (const [i, [before]] of table.entries()) {
      if (before !== null) await machine.write(`configurations/${i}/etc/libvirt/libvirtd.conf`, before);
    }
    const prelude = `${load('base', 'identity', 'tls')}
mkdir -p "$RUN"
configured() { ROOT=$1; configure_libvirt CN=rackhand-manager && cat "$ROOT/etc/libvirt/libvirtd.conf"; }
`;
    const calls = table.map((_, i) => ['configured', `${machine.root}/configurations/${i}`]);
    const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
    expect(results.map(({ stdout }) => `${stdout}\n`)).toEqual(table.map(([, kept]) => kept + ours));
  });
  it('knows which daemon takes TLS connections', async () => {
    const socket = 'usr/lib/systemd/system/virtproxyd-tls.socket';
    const table: [files: Record<string, string>, daemon: string][] = [
      [{ 'etc/rackhand/image.json': '{"libvirt":"modular"}' }, 'virtproxyd'],
      [{ 'etc/rackhand/image.json': '{"libvirt":"monolithic"}', [socket]: '' }, 'libvirtd'],
      [{ [socket]: '' }, 'virtproxyd'],
      [{ [socket]: '', 'etc/systemd/system/sockets.target.wants/libvirtd.socket': '' }, 'libvirtd'],
      [{}, 'libvirtd'],
    ];
    for (const [i, [files]] of table.entries()) {
      for (const [path, text] of Object.entries(files)) await machine.write(`images/${i}/${path}`, text);
    }
    const prelude = `${load('base', 'identity', 'tls')}daemon() { ROOT=$1; tls_daemon; }\n`;
    const results = await callEach(
      shell,
      prelude,
      table.map((_, i) => ['daemon', `${machine.root}/images/${i}`]),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(table.map(([, daemon]) => daemon));
  });
  it('replaces files at once, with the mode that is asked for', async () => {
    const prelude = `${load('base')}
replaced() { echo old >"$1"; echo new | put "$1" "$2" && stat -c %a "$1" && cat "$1" && ls -A "\${1%/*}"; }
`;
    await machine.write('put/there', '');
    const calls = [
      ['replaced', `${machine.root}/put/file`, '640'],
      ['put', `${machine.root}/put/there/below`, '600'],
    ];
    const [done, failed] = await callEach(shell, prelude, calls);
    expect(done).toEqual({ code: 0, stdout: '640\nnew\nfile\nthere' });
    expect(failed!.code).not.toBe(0);
  });
});
