import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { fromArchive, fromSource } from '../exchange/arrivals.ts';
import { exportImage } from '../exchange/export.ts';
import { type Incoming, importImage } from '../exchange/import.ts';
import { fillTarget } from '../exchange/target.ts';
import { openFolder } from '../folders.ts';
import { size } from '../report/text.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { folderSource, urlSource } from '../verify/source.ts';
import type { Verification } from '../verify/verify.ts';
import {
  endedByPerson,
  expectedBy,
  idIn,
  refuseFaulty,
  refuseNoAddress,
  renderVerification,
  type TrustFlags,
  testsWords,
  withTrust,
} from './images-verify.ts';
import { type CatalogFlags, print, printJson } from './options.ts';

/** `rackhand images export | import` */
export function addExchangeCommands(command: (name: string, description: string) => Command): void {
  command('export <image> <file>', 'write an image as a tar archive, or to standard output: -').action(
    exportCommand,
  );
  const described = command(
    'import <from>',
    'take an image from an archive (-: standard input), a folder, or an address of either',
  );
  withTrust(described).option('--json', 'print JSON').action(importCommand);
}

async function exportCommand(name: string, target: string, { catalog }: CatalogFlags): Promise<void> {
  if (target === '-' && process.stdout.isTTY) {
    const mend =
      'rackhand images export IMAGE FILE, or lead it on: … - | ssh SERVER rackhand images import -';
    throw new RackhandError('usage', 'an archive is nothing for a terminal', mend);
  }
  const id = await openCatalog(catalog).find(name);
  // A half file goes, whoever ends it; of standard output there is nothing to clear away.
  const signal = target === '-' ? new AbortController().signal : endedByPerson();
  let bytes = 0;
  await uncancelled('export', signal, () =>
    fillTarget(target, (sink) => {
      const counted = (piece: Uint8Array) => {
        bytes += piece.length;
        return sink(piece);
      };
      return exportImage(catalog, id, counted, signal);
    }),
  );
  process.stderr.write(`${id}: exported, ${size(bytes)}\n`);
}

/** @throws RackhandError image-refused, after the faults were shown */
async function importCommand(from: string, flags: TrustFlags): Promise<void> {
  const signal = endedByPerson();
  const expected = { ...(await expectedBy(flags)), id: idIn(from) };
  await openFolder(flags.catalog, '--catalog');
  const { outcome, report } = await uncancelled('import', signal, async () =>
    importImage(await incoming(from, signal), flags.catalog, expected, signal),
  );
  if (flags.json) printJson({ outcome, ...report });
  else if (outcome === 'here-already') print(renderHere(report));
  else print(renderVerification(report));
  refuseFaulty(report);
  if (outcome === 'imported' && !flags.json) print(`${report.image}: imported`);
}

function renderHere({ image, tests, notes }: Verification): string {
  const changed = tests ? `${testsWords(tests)}, which it did not know` : 'nothing was changed';
  return [`${image}: is here already, whole; ${changed}`, ...notes.map((note) => `  note: ${note}`)].join(
    '\n',
  );
}

/** @throws RackhandError archive-absent | usage */
async function incoming(from: string, signal: AbortSignal): Promise<Incoming> {
  if (from === '-')
    return { where: 'standard input', arrivals: fromArchive(addAbortSignal(signal, process.stdin)) };
  if (/^https?:\/\//.test(from)) {
    refuseNoAddress(from);
    const { pathname } = new URL(from);
    if (!pathname.endsWith('.tar')) return { where: from, arrivals: fromSource(urlSource(from, { signal })) };
    return { where: from, arrivals: fromArchive(await download(from, signal)) };
  }
  const found = await stat(from).catch((cause) => {
    throw absent(from, `cannot be read (${errno(cause)})`, cause);
  });
  if (found.isDirectory()) return { where: from, arrivals: fromSource(folderSource(from)) };
  const pieces = createReadStream(from, { highWaterMark: 1 << 20, signal });
  return { where: from, arrivals: fromArchive(pieces) };
}

async function download(address: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const at = address.lastIndexOf('/');
  const pieces = await urlSource(address.slice(0, at), { signal }).open(address.slice(at + 1));
  if (!pieces) throw absent(address, 'is not there');
  return pieces;
}

async function uncancelled<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new RackhandError('cancelled', `the ${what} was cancelled; nothing of it is left`, 'run it again');
  }
}

function absent(from: string, why: string, cause?: unknown): RackhandError {
  const mend = 'name an archive that rackhand images export made, or http://SERVER/images/ID of a service';
  return new RackhandError('archive-absent', `${from} ${why}`, mend, { cause });
}
