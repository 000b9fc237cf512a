import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InteropScene } from './interop-scene.ts';
import { powerOn } from './machine.ts';
import { type RunningServer, startServer } from './running-server.ts';

const MAC = '52:54:00:12:34:71';

let scene: InteropScene;
let server: RunningServer;
beforeEach(async () => {
  scene = await InteropScene.make({ lost: 10, doubled: 15, late: 15, seed: 4578 });
  const { link, folder } = scene;
  const range = { from: '198.51.100.100', to: '198.51.100.110' };
  server = await startServer(link, { folder, range });
  scene.atEnd(() => server.stop());
});
afterEach(() => scene?.end());

describe('firmware, over a link that loses, doubles and reorders', () => {
  it.each([
    ['SeaBIOS with an iPXE ROM', 'bios'],
    ['OVMF', 'uefi'],
  ] as const)('%s gets one address, and its boot file', async (_name, firmware) => {
    const { client, clientDevice } = scene.link;
    const place = { where: client, device: clientDevice };
    const machine = await powerOn(place, firmware, MAC, scene.folder);
    scene.atEnd(() => machine.stop());
    const lease = await server.event(({ kind }) => kind === 'ack');
    expect(lease).toMatchObject({
      mac: MAC,
      address: '198.51.100.100',
      message: 'leased 198.51.100.100, boot file snponly.efi',
    });
    const { lost, doubled, late, passed } = await scene.link.passage();
    expect(lost + doubled + late).toBeGreaterThan(0);
    expect(passed).toBeGreaterThan(0);
    expect(server.events.filter(({ kind }) => kind === 'malformed' || kind === 'failed')).toEqual([]);
    expect(new Set(server.events.map(({ address }) => address))).toEqual(new Set(['198.51.100.100']));
  });
});
