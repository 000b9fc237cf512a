import { describe, expect, it } from 'vitest';
import { AdmissionDesk } from '../../../pxe-server/admission/desk.ts';
import { bootScript } from '../../../pxe-server/boot/scripts.ts';
import { Mint } from '../../../pxe-server/boot/tokens.ts';
import { renderGrubWaiting } from '../../../pxe-server/render/grub.ts';
import { renderWaiting } from '../../../pxe-server/render/ipxe.ts';
import type { BootTrace, MintedToken } from '../../../pxe-server/roles/messages.ts';
import { host, image, replica } from '../replica-fixture.ts';

const place = { name: 'node7', place: 12, of: 100, seconds: 250, askIn: 30, renews: false };
const BASE = 'http://192.0.2.1';

describe('a machine that waits', () => {
  it('by iPXE, literally', () => {
    expect(renderWaiting(place, BASE)).toBe(`#!ipxe
imgfree
set url http://192.0.2.1/boot/host.ipxe?mac=\${netX/mac}&uuid=\${uuid}&serial=\${serial:uristring}&platform=\${platform}
:wait
echo Rackhand: node7 waits for its turn: place 12 of 100, about 5 min; asks again in 30 s
sleep 30 ||
chain --replace --autofree \${url} && exit ||
echo Rackhand: no answer from http://192.0.2.1; it is asked again
goto wait
`);
  });
  it('for long asks for its address anew', () => {
    expect(renderWaiting({ ...place, renews: true }, BASE)).toContain(
      'sleep 30 ||\ndhcp netX ||\nchain --replace --autofree ${url} && exit ||\n',
    );
  });
  it('by GRUB, literally', () => {
    expect(
      renderGrubWaiting({ ...place, seconds: 99, askIn: 2 }),
    ).toBe(`echo 'Rackhand: node7 waits for its turn: place 12 of 100, about 99 s; asks again in 2 s'
set rackhand_wait=2
if [ "$rackhand_loop" != yes ]; then
  set rackhand_loop=yes
  while [ "$rackhand_wait" != no ]; do
    sleep $rackhand_wait
    source $prefix/grub.cfg-01-$net_default_mac
  done
fi
set rackhand_wait=$rackhand_wait
`);
  });
  it('whatever its name holds, it is one line and no command', () => {
    const hostile = { ...place, name: "a\nreboot '${x}" };
    expect(renderWaiting(hostile, BASE).split('\n')[4]).toMatch(/^echo Rackhand: a reboot {4}x {2}waits/);
    expect(renderGrubWaiting(hostile).split('\n')[0]).toMatch(
      /^echo 'Rackhand: a reboot {4}x {2}waits[^']*'$/,
    );
  });
});

describe('scripts while the line is full', () => {
  const mac = (i: number) => `52:54:00:00:00:0${i}`;
  const artifacts = image().artifacts.map((artifact) => ({ ...artifact, size: 200_000_000 }));
  const known = replica({
    images: [image({ artifacts })],
    hosts: [1, 2, 3, 4].map((i) => host({ id: `h${i}`, name: `node${i}`, macs: [mac(i)] })),
  });
  function storm() {
    const clock = { now: 0 };
    const settings = { bandwidth: 125_000_000, rackBandwidth: null, subnets: [] };
    const turns = new AdmissionDesk({ settings, sent: () => undefined, now: () => clock.now });
    const [traces, minted]: [BootTrace[], MintedToken[]] = [[], []];
    const mint = new Mint((token) => minted.push(token), 20);
    const context = {
      replica: () => known,
      mint,
      httpsPort: 8443,
      trace: (t: BootTrace) => void traces.push(t),
      turns,
    };
    const endpoint = { address: '192.0.2.1', httpPort: 80 };
    const ask = (i: number, loader: 'ipxe' | 'grub' = 'ipxe') =>
      bootScript(context, endpoint, loader, { mac: mac(i) }, `192.0.2.1${i}`);
    for (const i of [1, 2]) ask(i);
    return { clock, turns, traces, minted, ask };
  }

  it('who waits gets no token, however often it asks, and one event', () => {
    const { ask, clock, minted, traces, turns } = storm();
    for (const at of [0, 2000, 3100]) {
      clock.now = at;
      expect(ask(3)).toContain(
        'echo Rackhand: node3 waits for its turn: place 1 of 1, about 5 s; asks again in 2 s\n',
      );
    }
    expect(minted.map(({ hostId }) => hostId)).toEqual(['h1', 'h2']);
    expect(traces.map(({ kind, hostId }) => [kind, hostId])).toEqual([
      ['script', 'h1'],
      ['script', 'h2'],
      ['waiting', 'h3'],
    ]);
    turns.download('192.0.2.11')(true);
    expect(ask(3)).toContain('place 1 of 1');
    clock.now = 4200;
    expect(ask(3)).toContain('kernel http://192.0.2.1/images/');
    expect(minted.map(({ hostId }) => hostId)).toEqual(['h1', 'h2', 'h3']);
    turns.stop();
  });
  it('GRUB waits in its own words', () => {
    const { ask, turns } = storm();
    expect(ask(3, 'grub')).toMatch(/^echo 'Rackhand: node3 waits for its turn: place 1 of 1/);
    turns.stop();
  });
  it('people see the queue, and change it', () => {
    const { ask, turns } = storm();
    for (const i of [3, 4]) ask(i);
    const order = () => turns.view().waiting.map(({ place, name }) => [place, name]);
    expect(turns.view()).toMatchObject({ bandwidth: 125_000_000, measured: false, rate: 0, places: 4 });
    expect(turns.view().going.map(({ name }) => name)).toEqual(['node1', 'node2']);
    expect(order()).toEqual([
      [1, 'node3'],
      [2, 'node4'],
    ]);
    turns.move('node4', 1);
    turns.move('h4', 1);
    turns.move(mac(4), 1);
    expect(order()).toEqual([
      [1, 'node4'],
      [2, 'node3'],
    ]);
    expect(() => turns.move('node1', 1)).toThrow('node1 does not wait for its turn');
    turns.stop();
  });
});
