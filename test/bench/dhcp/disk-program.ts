import { closeSync, fdatasyncSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/**
 * `disk-program.ts FILE SECONDS`: what a record and its fdatasync(2) take the disk, twenty times a second, in a file that
 * has its length as the log of leases has; prints milliseconds. What answers take includes it.
 */
const [path, seconds] = process.argv.slice(2) as [string, string];
const LENGTH = 1 << 20;
const RECORD = Buffer.alloc(60, 1);
const PAUSE = 50;

const fd = openSync(path, 'wx');
try {
  writeSync(fd, Buffer.alloc(LENGTH), 0, LENGTH, 0);
  fsyncSync(fd);
  const milliseconds: number[] = [];
  const ends = performance.now() + Number(seconds) * 1000;
  for (let at = 0; performance.now() < ends; at = (at + RECORD.length) % (LENGTH - RECORD.length)) {
    await setTimeout(PAUSE);
    const begun = performance.now();
    writeSync(fd, RECORD, 0, RECORD.length, at);
    fdatasyncSync(fd);
    milliseconds.push(performance.now() - begun);
  }
  process.stdout.write(JSON.stringify(milliseconds));
} finally {
  closeSync(fd);
  unlinkSync(path);
}
