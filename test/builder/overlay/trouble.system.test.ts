import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, makeMachine } from './machine.ts';
import { callEach, load, runScript, SHELLS } from './shell.ts';

// What a host says and keeps when it is refused, and when it is itself what does not work.

const URL = 'https://192.0.2.1:8443';

let machine: Machine;
beforeEach(async () => {
  machine = await makeMachine({ cmdline: `quiet rackhand.url=${URL} rackhand.token=x` });
  await machine.write('run/rackhand/settings', `url=${URL}\n`);
});
afterEach(() => machine.remove());

/** The settings that were typed, and what the screen says. */
async function left(shell: string[]): Promise<{ settings: boolean; screen: string }> {
  const prelude = `${load('base', 'identity', 'facts')}systemctl() { return 3; }\n`;
  const [line] = await callEach(shell, prelude, [['registration_line']], { RACKHAND_ROOT: machine.root });
  const settings = await machine.read('run/rackhand/settings').then(
    () => true,
    () => false,
  );
  return { settings, screen: line!.stdout };
}

describe.each(SHELLS)('%s', (_name, shell) => {
  /** The agent's parts, with the settings typed at the console. */
  const parts = load('base', 'settings', 'identity', 'network', 'http', 'tls', 'register', 'heartbeat');
  const call = async (...calls: string[][]) =>
    callEach(shell, `${parts}SETTINGS_FROM=console URL=${URL}\n`, calls, { RACKHAND_ROOT: machine.root });

  it('a refusal forgets what was typed, so that the console asks again', async () => {
    expect(await call(['refuse', 'token-unknown', 'never issued'])).toEqual([{ code: 77, stdout: '' }]);
    expect(await machine.said()).toEqual(['stopped [token-unknown]: never issued']);
    expect(await left(shell)).toEqual({ settings: false, screen: `!refused by ${URL}, see the messages` });
  });
  it('trouble of the host keeps it, and the screen does not blame the server', async () => {
    expect(await call(['stop', 'key-failed', 'cannot make a key', 'look'])).toEqual([
      { code: 77, stdout: '' },
    ]);
    expect(await machine.said()).toEqual(['stopped [key-failed]: cannot make a key', 'mend: look']);
    expect(await left(shell)).toEqual({ settings: true, screen: '!stopped (key-failed), see the messages' });
  });
  it('a refused host is not shown as registered', async () => {
    await machine.write('run/rackhand/session.json', '{}');
    expect((await left(shell)).screen).toBe(`+registered with ${URL}`);
    const script = `set -u\n${parts}URL=${URL} HEARTBEAT_SECONDS=1 SESSION_TOKEN=x
heartbeat_body() { :; }
fetch() { STATUS=401; }
keep_alive`;
    await runScript(shell, script, { RACKHAND_ROOT: machine.root });
    expect((await left(shell)).screen).toBe(`!refused by ${URL}, see the messages`);
    await expect(machine.read('run/rackhand/session.json')).rejects.toMatchObject({ code: 'ENOENT' });
  });
  it('a TLS socket that does not open is said, and the heartbeats go on', async () => {
    const script = `set -u\n${parts}SETTINGS_FROM=console
sleep() { :; }
system() { case $* in 'systemctl start libvirtd-tls.socket') return 1 ;; esac; }
restart_libvirt_tls libvirtd
echo "code $?"`;
    const { stdout } = await runScript(shell, script, { RACKHAND_ROOT: machine.root });
    expect(stdout).toBe('code 1\n');
    expect((await machine.said()).slice(-2)).toEqual([
      'libvirt takes no connections: systemd cannot open libvirtd-tls.socket',
      'mend: systemctl status libvirtd-tls.socket says why',
    ]);
    expect((await left(shell)).settings).toBe(true);
  });
  it('waits for approval as long as the server asks, from a second to ten minutes', async () => {
    const table: [seconds: string, waits: string][] = [
      ['9', '9'],
      ['600', '600'],
      ['601', '600'],
      ['1e9', '600'],
      ['0', '30'],
      ['-5', '30'],
      ['1.5', '30'],
      ['"09"', '30'],
      ['null', '30'],
    ];
    const prelude = `${parts}sleep() { echo "$1"; }
asked() { printf '{"state":"pending","retrySeconds":%s,"message":"m"}' "$1" >"$ANSWER"; wait_for_approval; }
`;
    const calls = table.map(([seconds]) => ['asked', seconds]);
    const results = await callEach(shell, prelude, calls, { RACKHAND_ROOT: machine.root });
    expect(results.map(({ stdout }) => stdout)).toEqual(table.map(([, waits]) => waits));
  });
  it('opens the ports that the firewall of the image has open', async () => {
    await machine.write('etc/rackhand/image.json', '{"ports":["16514","1-2"]}');
    expect(await call(['opened_ports'])).toEqual([
      { code: 0, stdout: '--add-port=16514/tcp --add-port=1-2/tcp' },
    ]);
  });
});
