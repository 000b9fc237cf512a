import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId } from '../../../builder/catalog/id.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { type WriteJob, writeImage } from '../../../builder/write/write.ts';
import { manifest } from '../../shared/manifest.ts';

// Real block devices: loop devices on files of the test.

const MIB = 1 << 20;
const image = randomBytes(9 * MIB + 512);
const ROOM = 24 * MIB;

let folder: string;
let backing: string;
let device: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-write-'));
  await writeFile(join(folder, 'source'), image);
  backing = join(folder, 'disk');
  await writeFile(backing, randomBytes(MIB));
  await truncate(backing, ROOM);
  device = (await run(['losetup', '--find', '--show', backing])).stdout.trim();
});
afterEach(async () => {
  await run(['losetup', '--detach', device]);
  await rm(folder, { recursive: true, force: true });
});

function job(change: Partial<WriteJob> = {}): WriteJob {
  const source = join(folder, 'source');
  const signal = new AbortController().signal;
  return { source, target: device, kind: 'device', room: ROOM, signal, progress: () => undefined, ...change };
}

/** Through the loop device, as the next reader sees it. */
async function onDisk(length: number, at = 0): Promise<Buffer> {
  const file = await open(device);
  try {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, at);
    return bytes;
  } finally {
    await file.close();
  }
}

describe('writing', () => {
  it('puts every byte on the disk, clears its end, and tells how far it is', async () => {
    await run(['dd', 'if=/dev/urandom', `of=${device}`, 'bs=1M', 'seek=23', 'count=1', 'conv=fsync']);
    const told: string[] = [];
    await writeImage(job({ progress: (phase, done, total) => told.push(`${phase} ${done}/${total}`) }));
    expect((await onDisk(image.length)).equals(image)).toBe(true);
    expect((await onDisk(MIB, ROOM - MIB)).equals(Buffer.alloc(MIB))).toBe(true);
    expect([told[0], told.at(-1), told.length]).toEqual([
      ...[`write ${4 * MIB}/${image.length}`, `verify ${image.length}/${image.length}`, 6],
    ]);
  });

  it('finds a disk that does not keep what it was given', async () => {
    const spoil = async () => {
      const file = await open(backing, 'r+');
      await file.write('other', 5 * MIB);
      await file.close();
    };
    let spoilt: Promise<void> | undefined;
    const progress: WriteJob['progress'] = (phase, done, total) => {
      if (phase === 'write' && done === total) spoilt = spoil();
    };
    await expect(writeImage(job({ progress }))).rejects.toMatchObject({
      code: 'disk-differs',
      message: expect.stringContaining(`at byte ${5 * MIB}`),
    });
    await spoilt;
  });

  it('that is cancelled while it is read back says that it is written', async () => {
    const stopping = new AbortController();
    const progress: WriteJob['progress'] = (phase) => phase === 'verify' && stopping.abort();
    await expect(writeImage(job({ signal: stopping.signal, progress }))).rejects.toMatchObject({
      code: 'cancelled',
      message: expect.stringContaining('is written, and was not read back'),
    });
  });

  it('that is cancelled leaves no beginning that a machine would start', async () => {
    const stopping = new AbortController();
    const progress = () => stopping.abort();
    await expect(writeImage(job({ signal: stopping.signal, progress }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await onDisk(4 * MIB)).equals(Buffer.alloc(4 * MIB))).toBe(true);
  });

  it('is refused while the disk is mounted, even if nobody had looked', async () => {
    await run(['mke2fs', '-q', '-F', device]);
    await mkdir(join(folder, 'mnt'));
    await run(['mount', device, join(folder, 'mnt')]);
    try {
      await expect(writeImage(job())).rejects.toMatchObject({ code: 'disk-in-use' });
    } finally {
      await run(['umount', join(folder, 'mnt')]);
    }
  });

  it('takes a file that is no disk only for a file', async () => {
    const target = join(folder, 'card.img');
    await writeFile(target, 'old');
    await expect(writeImage(job({ target }))).rejects.toMatchObject({ code: 'disk-unknown' });
    await writeImage(job({ target, kind: 'file', room: 0 }));
    expect((await readFile(target)).equals(image)).toBe(true);
    const nowhere = job({ target: join(folder, 'none/card.img'), kind: 'file', room: 0 });
    await expect(writeImage(nowhere)).rejects.toMatchObject({
      ...{ code: 'disk-failed', mend: 'name a file in a folder with room for the image' },
    });
  });
});

describe('rackhand images write', () => {
  async function catalog(): Promise<string> {
    const home = join(folder, 'catalog');
    const staged = await stageImage(home);
    await writeFile(join(staged.folder, 'usb.img'), image);
    const artifacts = [{ role: 'usb' as const, file: 'usb.img', size: image.length, sha256: sha256(image) }];
    await staged.publish(manifest({ id: imageId(artifacts), artifacts }), {});
    return home;
  }

  async function rackhand(
    home: string,
    ...words: string[]
  ): Promise<{ code: number; out: string; err: string }> {
    const argv = [process.execPath, join(import.meta.dirname, '../../../bin/main.ts'), 'images', 'write'];
    const { code, stdout, stderr } = await run([...argv, 'lab', ...words, '--catalog', home], {
      okCodes: [0, 1, 2],
      timeout: 60_000,
    });
    return { code, out: stdout, err: stderr };
  }

  it('names the disk, writes when it is named twice, and says so', async () => {
    const home = await catalog();
    const once = await rackhand(home, device, '--yes');
    expect([once.code, once.err]).toEqual([1, expect.stringContaining(`--really-erase ${device}`)]);
    const silent = await rackhand(home, device, '--really-erase', device);
    expect(silent.err).toContain('say --yes');
    expect((await onDisk(MIB)).equals(image.subarray(0, MIB))).toBe(false);
    const { code, out, err } = await rackhand(home, device, '--really-erase', device, '--yes');
    expect(code, err).toBe(0);
    expect(out).toContain(`${device}: 24.0 MiB`);
    expect(out).toContain(`${device}: written, and read back whole`);
    expect(err).toContain('reading back: 100 %');
    expect((await onDisk(image.length)).equals(image)).toBe(true);
  });

  it('writes no image that is damaged, nor to what is not there', async () => {
    const home = await catalog();
    const gone = await rackhand(home, join(folder, 'nothing'), '--yes');
    expect(gone.err).toContain('error [disk-unknown]');
    const { stdout } = await run(['find', home, '-name', 'usb.img']);
    await writeFile(stdout.trim(), Buffer.alloc(image.length));
    const { code, err } = await rackhand(home, device, '--really-erase', device, '--yes');
    expect([code, err]).toEqual([1, expect.stringContaining('error [image-damaged]')]);
    expect((await onDisk(MIB)).equals(Buffer.alloc(MIB))).toBe(false);
  });
});
