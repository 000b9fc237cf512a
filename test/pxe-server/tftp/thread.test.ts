import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { expect, it, vi } from 'vitest';
import { openUdp } from '../../../pxe-server/net/sockets.ts';
import { startTftp, type TftpEvent, type TftpFile } from '../../../pxe-server/tftp/thread.ts';
import { TestClient } from './client.ts';
import { freePort } from './free-port.ts';

it('serves what this thread says of each name, and tells it how it went', async () => {
  const loader = randomBytes(100_000);
  const files = new Map<string, TftpFile>([
    ['loader', loader],
    ['script', Buffer.from('#!ipxe')],
  ]);
  const asked: string[][] = [];
  const events: TftpEvent[] = [];
  const port = await freePort();
  const server = await startTftp({
    sockets: [{ fd: openUdp({ address: '127.0.0.1', port }), address: '127.0.0.1' }],
    files: (...question) => {
      asked.push(question);
      if (question[0] === 'defect') throw new TypeError('defect');
      return files.get(question[0]);
    },
    onEvent: (event) => events.push(event),
    log: pino({ level: 'silent' }),
  });
  const machine = await TestClient.open(port);
  const expected = { blksize: '1468', windowsize: '4' };
  expect((await machine.download('loader', expected)).equals(loader)).toBe(true);
  expect((await machine.download('loader', expected)).equals(loader)).toBe(true);
  expect((await machine.download('script')).toString()).toBe('#!ipxe');
  const other = await TestClient.open(port);
  await expect(other.download('absent')).rejects.toThrow('1 absent not found');
  const third = await TestClient.open(port);
  third.send(Buffer.from('\0\x01defect\0octet\0'));
  await vi.waitFor(() => expect(asked.at(-1)![0]).toBe('defect'));
  expect((await third.download('script')).toString()).toBe('#!ipxe');
  await vi.waitFor(() => expect(events).toHaveLength(5));
  await server.stop();
  for (const client of [machine, other, third]) client.close();
  const names = ['loader', 'loader', 'script', 'absent', 'defect', 'script'];
  expect(asked).toEqual(names.map((name) => [name, '127.0.0.1', '127.0.0.1']));
  expect(events.map(({ kind, transfer }) => [kind, transfer?.given])).toEqual([
    ['sent', expected],
    ['sent', expected],
    ['sent', {}],
    ['absent', undefined],
    ['sent', {}],
  ]);
});
