import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  endSyncs,
  openSyncChannel,
  SyncByThread,
  type SyncChannel,
} from '../../../../pxe-server/dhcp/leases/syncer.ts';
import { Reactor } from '../../../../pxe-server/net/reactor.ts';
import { closeFd } from '../../../../pxe-server/net/sockets.ts';

let folder: string;
let channel: SyncChannel;
let thread: Worker;
let reactor: Reactor;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-sync-'));
  channel = openSyncChannel();
  const program = new URL('../../../../pxe-server/dhcp/leases/sync-thread.ts', import.meta.url);
  thread = new Worker(program, { workerData: channel });
  reactor = new Reactor();
});
afterEach(async () => {
  const exited = once(thread, 'exit');
  endSyncs(channel);
  await exited;
  reactor.close();
  closeFd(channel.doneFd);
  rmSync(folder, { recursive: true });
});

it('a sync is told in a later turn, one after the other', () => {
  const syncer = new SyncByThread(channel, reactor);
  const fd = openSync(join(folder, 'file'), 'w');
  for (let round = 0; round < 20; round++) {
    writeSync(fd, 'x');
    let told: (Error | undefined)[] = [];
    syncer.sync(fd, (failure) => told.push(failure));
    expect(told).toEqual([]);
    while (told.length === 0) reactor.turn(1000);
    expect(told).toEqual([undefined]);
    told = [];
  }
  closeSync(fd);
});

it('a descriptor that cannot be synced is an error', () => {
  const syncer = new SyncByThread(channel, reactor);
  const told: (Error | undefined)[] = [];
  syncer.sync(channel.doneFd, (failure) => told.push(failure));
  while (told.length === 0) reactor.turn(1000);
  expect(told[0]?.message).toBe('fdatasync: EINVAL');
});

it('the end waits for what is under way', () => {
  const syncer = new SyncByThread(channel, reactor);
  const fd = openSync(join(folder, 'file'), 'w');
  writeSync(fd, 'x');
  let told = false;
  syncer.sync(fd, () => {
    told = true;
  });
  syncer.finish();
  expect(told).toBe(true);
  syncer.finish();
  closeSync(fd);
});
