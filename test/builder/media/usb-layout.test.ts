import { expect, it } from 'vitest';
import { bootCode, placedCore } from '../../../builder/media/bios-boot.ts';
import { usbLabel } from '../../../builder/media/usb.ts';
import { fatAt, fatFormatArguments, stateFormatArguments } from '../../../builder/media/usb-arguments.ts';
import { fatMib, guidOf, partitionScript, usbLayout } from '../../../builder/media/usb-layout.ts';

const layout = usbLayout('RACKHAND-0123ABCD', { esp: 8, image: 172 });

it('partitions follow each other at whole MiB, the one that grows last', () => {
  expect(partitionScript(layout)).toBe(`label: gpt
label-id: 2A12E15F-02F9-8E4B-8CDB-A0EC9DA2EBD4
unit: sectors

start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=${layout.bios!.guid}, name="rackhand-bios"
start=4096, size=16384, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=${layout.esp.guid}, name="rackhand-esp"
start=20480, size=352256, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=${layout.image.guid}, name="rackhand-image"
start=372736, size=65536, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=${layout.state.guid}, name="rackhand-state"
`);
  expect(layout.size).toBe(372736 + 65536 + 2048);
});

it('without a place for BIOS, the others follow from the first MiB', () => {
  const { bios, esp, state, size } = usbLayout('RACKHAND-0123ABCD', { esp: 8, image: 172 }, false);
  expect([bios, esp.start, esp.guid, state.start]).toEqual([undefined, 2048, layout.esp.guid, 370688]);
  expect(size).toBe(layout.size - 2048);
  const rows = partitionScript(usbLayout('x', { esp: 8, image: 172 }, false))
    .split('\n')
    .slice(4, -1);
  expect(rows.map((row) => /name="(.*)"/.exec(row)?.[1])).toEqual(
    ['esp', 'image', 'state'].map((name) => `rackhand-${name}`),
  );
});

it('GUIDs are of version 8, and the image’s own', () => {
  const { guid, bios, esp, image, state } = layout;
  const guids = [guid, ...[bios!, esp, image, state].map((one) => one.guid)];
  for (const one of guids)
    expect(one).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}$/);
  expect(new Set([...guids, usbLayout('RACKHAND-OTHER', { esp: 8, image: 172 }).guid]).size).toBe(6);
  expect(guidOf('a')).toBe(guidOf('a'));
});

it.each([
  [[], 4],
  [[1], 5],
  [[100 << 20, 70 << 20], 176],
])('FAT for files of %j bytes: %i MiB', (sizes, mib) => expect(fatMib(sizes)).toBe(mib));

it('FAT takes eleven characters for a label', () => {
  expect(usbLabel('RACKHAND-0123ABCD')).toBe('RH-0123ABCD');
});

it('file systems are made at their place in the file', () => {
  expect(fatAt('/o/usb.img', layout.image)).toBe('/o/usb.img@@10485760');
  expect(fatFormatArguments('/o/usb.img', layout.image, 'RH-0123ABCD', '2A12E15F')).toEqual([
    ...['mformat', '-i', '/o/usb.img@@10485760', '-T', '352256', '-h', '16', '-s', '32'],
    ...['-H', '20480', '-v', 'RH-0123ABCD', '-N', '2A12E15F', '::'],
  ]);
  const state = stateFormatArguments('/o/usb.img', layout.state);
  expect(state.slice(-2)).toEqual(['/o/usb.img', '8192']);
  expect(state[state.indexOf('-E') + 1]).toBe(
    `offset=190840832,hash_seed=${layout.state.guid},resize=1073741824,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard`,
  );
  expect(state[state.indexOf('-L') + 1]).toBe('RACKHAND-STATE');
});

it('the boot sector knows where the core is, and the core where its rest is', () => {
  const code = Buffer.from(bootCode(new Uint8Array(512).fill(0xcc), 2048));
  expect(code).toHaveLength(440);
  expect([code.readBigUInt64LE(0x5c), code.readUInt16LE(0x66), code[0x5b], code[0x68]]).toEqual([
    ...[2048n, 0x9090, 0xcc, 0xcc],
  ]);
  const core = new Uint8Array(2000).fill(0x11);
  const placed = Buffer.from(placedCore(core, 2048));
  expect(placed).toHaveLength(2000);
  expect([placed.readBigUInt64LE(500), placed[499], placed[508]]).toEqual([2049n, 0x11, 0x11]);
  expect(core[500]).toBe(0x11);
});
