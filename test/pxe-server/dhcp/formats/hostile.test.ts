import { describe, expect, it } from 'vitest';
import {
  FORMATS,
  type Format,
  readLeaseFile,
  writeLeases,
} from '../../../../pxe-server/dhcp/formats/formats.ts';

const expires = Date.parse('2026-11-26T13:00:00Z');
const lease = { address: '192.0.2.10', state: 'bound', expires, leaseSeconds: 3600, subnetId: 1 } as const;
const all = [
  { ...lease, client: '52:54:00:00:00:01', hostName: 'node1' },
  { ...lease, address: '192.0.2.11', client: 'id:ff00010203' },
];
const written = (format: Format) => [...writeLeases(all, format, expires - 1000)].join('');

describe('hostile files', () => {
  const samples = [...FORMATS.map(written), 'host a { hardware ethernet 52:54:00:00:00:01; }', '[{"a":1}]'];
  it('end with a refusal or with leases, never otherwise', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let i = 0; i < 1500; i++) {
      const sample = samples[i % samples.length]!;
      const at = random(sample.length);
      const bytes = Buffer.from(sample, 'latin1');
      for (let changes = random(4); changes > 0; changes--) bytes[random(bytes.length)] = random(256);
      const text = bytes.toString('latin1').slice(0, random(3) === 0 ? at : undefined);
      for (const format of [undefined, ...FORMATS]) {
        try {
          readLeaseFile(text, 'x', format);
        } catch (error) {
          if ((error as { code?: string }).code !== 'leases-invalid') throw error;
        }
      }
    }
  }, 30_000);
  it.each([
    ['blank lines', '\n'],
    ['blanks', ' '],
    ['comments that never end', '/*'],
    ['comments that never end, in JSON', '{/*'],
    ['comments', '#\n'],
    ['braces', '{'],
    ['quotes', '"'],
    ['strings', '"\\'],
    ['hosts', 'host '],
    ['commas', ','],
    ['letters', 'a'],
    ['digits', '0'],
    ['names', 'a.'],
  ])(
    '256 KiB of %s is refused, or is nothing, in time that grows with its length',
    (_name, part) => {
      const text = part.repeat(Math.ceil((1 << 18) / part.length));
      const before = process.cpuUsage();
      for (const format of [undefined, ...FORMATS]) {
        try {
          readLeaseFile(text, 'x', format);
        } catch (error) {
          expect(error).toMatchObject({ code: 'leases-invalid' });
        }
      }
      // Some tenths of a second; what is quadratic takes half a minute.
      expect(process.cpuUsage(before).user / 1e6).toBeLessThan(8);
    },
    60_000,
  );
});
