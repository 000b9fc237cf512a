import { lstat, realpath, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import type { Artifact, Manifest } from '../contract/manifest.ts';
import { size } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { assertWritable, describe } from '../write/decide.ts';
import { COLUMNS, type Device, parseDisk } from '../write/disk.ts';
import { writeImage } from '../write/write.ts';
import { type CatalogFlags, print } from './options.ts';

interface WriteFlags extends CatalogFlags {
  reallyErase?: string;
  file?: boolean;
  yes?: boolean;
  media?: 'usb' | 'iso';
}

/** `rackhand images write` */
export function addWriteCommand(command: (name: string, description: string) => Command): void {
  command('write <image> <device>', 'write an image to a stick, and read it back; what is on it is lost')
    .addOption(
      new Option('--media <kind>', 'which of its media (usb where there is one)').choices(['usb', 'iso']),
    )
    .option('--really-erase <device>', 'the same disk once more, when it is built in')
    .option('--file', 'DEVICE is a file, which is made or replaced')
    .option('--yes', 'do not ask before writing')
    .action(writeCommand);
}

/** @throws RackhandError as assertWritable and writeImage; artifact-missing, image-damaged */
async function writeCommand(name: string, device: string, flags: WriteFlags): Promise<void> {
  const catalog = openCatalog(flags.catalog);
  const manifest = await catalog.resolve(name);
  const artifact = mediumOf(manifest, flags.media);
  const disk = flags.file ? undefined : await readDisk(device);
  if (disk) assertWritable(disk, { device, bytes: artifact.size, reallyErase: flags.reallyErase });
  else await assertFile(device);
  const source = await catalog.whole(manifest, artifact.role);
  print(`${artifact.file} of image ${manifest.id} (${manifest.recipe.name}), ${size(artifact.size)}`);
  for (const line of disk ? describe(disk) : [`to the file ${device}`]) print(`  ${line}`);
  if (!flags.yes) await confirm(device);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const target = disk ? await realpath(device) : device;
  const kind = disk ? 'device' : 'file';
  const progress = showProgress(process.stderr);
  await writeImage({ source, target, kind, room: disk?.size ?? 0, signal: stopping.signal, progress });
  print(`${device}: written, and read back whole`);
}

/** @throws RackhandError artifact-missing */
function mediumOf({ artifacts, id }: Manifest, kind: 'usb' | 'iso' | undefined): Artifact {
  const wanted = kind === undefined ? (['usb', 'iso'] as const) : [kind];
  for (const role of wanted) {
    const found = artifacts.find((artifact) => artifact.role === role);
    if (found) return found;
  }
  throw new RackhandError(
    'artifact-missing',
    `image ${id} has no ${wanted.join(' and no ')}`,
    `build it with 'media: [${wanted.at(-1)}]' in its recipe`,
  );
}

/** @throws RackhandError disk-unknown */
async function readDisk(device: string): Promise<Device> {
  const found = await stat(device).catch(() => undefined);
  if (!found?.isBlockDevice()) {
    const what = found ? 'is no disk' : 'is not there';
    throw new RackhandError('disk-unknown', `${device} ${what}`, 'lsblk lists disks; for a file say --file');
  }
  const { stdout } = await run(['lsblk', '--json', '--bytes', '--tree', '--output', COLUMNS, device], {
    need: 'lsblk (util-linux) tells what a disk is',
  });
  return parseDisk(stdout);
}

async function assertFile(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isFile())
    throw new RackhandError('usage', `${path} is no file`, 'leave --file out to write to a disk');
}

/** @throws RackhandError cancelled | usage */
async function confirm(device: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new RackhandError('usage', 'nobody is there to ask', 'say --yes to write without a question');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`All that is on ${device} will be lost. Type yes to go on: `);
  terminal.close();
  if (answer.trim() !== 'yes')
    throw new RackhandError('cancelled', 'nothing was written', 'run the command again and type yes');
}

/** One line that changes on a terminal; elsewhere one for each tenth. */
function showProgress(
  to: NodeJS.WriteStream,
): (phase: 'write' | 'verify', done: number, total: number) => void {
  let shown = '';
  return (phase, done, total) => {
    const tenth = Math.floor((done * 10) / total);
    const word = phase === 'write' ? 'writing' : 'reading back';
    if (to.isTTY) {
      const text = `${word}: ${size(done)} of ${size(total)}, ${Math.floor((done * 100) / total)} %`;
      to.write(`\r${text}\u001b[K${done === total ? '\n' : ''}`);
    } else if (shown !== `${word} ${tenth}`) to.write(`${word}: ${tenth * 10} %\n`);
    shown = `${word} ${tenth}`;
  };
}
