import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { firstDifference, renderDifference } from '../compare/difference.ts';
import type { Fleet } from '../contract/fleet.ts';
import { cardsAsFleet } from '../fleet/cards.ts';
import { fitFleet } from '../fleet/fit.ts';
import { assertFits, renderFit } from '../fleet/fit-text.ts';
import { readFleet } from '../fleet/read.ts';
import { openFolder } from '../folders.ts';
import { diffImages } from '../report/diff.ts';
import { renderDiff } from '../report/diff-text.ts';
import { type Described, readDescribed, readEvidence, readModuleRecords } from '../report/read.ts';
import { renderSize, sizeReport } from '../report/size.ts';
import { renderTreemap } from '../report/treemap.ts';
import { RackhandError } from '../shared/errors.ts';
import { writeOutput } from '../shared/output.ts';
import { type CatalogFlags, print, printJson } from './options.ts';

interface DiffFlags extends CatalogFlags {
  bytes?: boolean;
  work: string;
}

interface FitFlags extends CatalogFlags {
  fleet?: string;
  pci?: string[];
}

/** `rackhand images size | diff | sbom | fit`: what an image is made of, how two differ, what machines would lack. */
export function addImageReports(command: (name: string, description: string) => Command): void {
  command('size <image>', 'what an image is made of, and why it stays')
    .option('--json', 'print JSON')
    .option('--html <file>', 'write a map of all files, before and after the strip, as one page')
    .action(async (name: string, { catalog, json, html }: CatalogFlags & { html?: string }) => {
      const { manifest, contents } = await readDescribed(catalog, name);
      if (html !== undefined)
        await writeOutput(html, await renderTreemap(manifest, contents), { option: '--html' });
      const times = await openCatalog(catalog).times(manifest.id);
      const report = sizeReport(manifest, contents, times?.stages);
      if (json) printJson(report);
      else print(renderSize(report));
    });
  command('diff <before> <after>', 'what has changed from one image to another')
    .option('--bytes', 'of two that ought to be the same: the first byte that is not, and whose file it is')
    .option('--work <folder>', 'where roots are unpacked for that', '/var/tmp')
    .option('--json', 'print JSON, with every name')
    .action(async (before: string, after: string, flags: DiffFlags) => {
      const { catalog, json } = flags;
      const [a, b] = [await readDescribed(catalog, before), await readDescribed(catalog, after)];
      if (flags.bytes) {
        const home = (image: Described) => ({ ...image, folder: resolve(catalog, image.manifest.id) });
        await openFolder(flags.work, '--work');
        const found = await firstDifference(home(a), home(b), flags.work);
        if (json) printJson(found ?? null);
        else print(renderDifference(found));
        return;
      }
      const diff = diffImages(a, b);
      if (json) printJson(diff);
      else print(renderDiff(diff));
    });
  command(
    'sbom <image>',
    'bill of materials: the packages with licences, digests, and what the strip left of them',
  )
    .addOption(new Option('--format <format>', 'which standard').choices(Object.keys(SBOMS)).default('spdx'))
    .action(async (name: string, { catalog, format }: CatalogFlags & { format: keyof typeof SBOMS }) => {
      const manifest = await openCatalog(catalog).resolve(name);
      const bytes = await readEvidence(catalog, manifest, SBOMS[format], 'a bill of materials');
      process.stdout.write(bytes);
    });
  command('fit <image>', 'which devices of a fleet an image leaves without driver or firmware')
    .option('--fleet <file>', 'inventory of the machines: rackhand hosts fleet writes one')
    .option('--pci <id...>', 'network cards alone, by vendor and device: 8086:1521')
    .option('--json', 'print JSON')
    .action(async (name: string, { catalog, json, fleet, pci }: FitFlags) => {
      const machines = await askedFor(fleet, pci);
      const manifest = await openCatalog(catalog).resolve(name);
      const hosts = fitFleet(machines, await readModuleRecords(catalog, manifest));
      if (json) printJson({ image: manifest.id, hosts });
      else print(renderFit(manifest.id, hosts));
      assertFits(manifest.id, hosts);
    });
}

async function askedFor(fleet: string | undefined, pci: string[] | undefined): Promise<Fleet> {
  if (fleet !== undefined && pci === undefined) return readFleet(fleet);
  if (fleet === undefined && pci !== undefined) return cardsAsFleet(pci);
  throw new RackhandError(
    'fit-unclear',
    fleet === undefined ? 'which devices?' : '--fleet and --pci are two questions',
    'give --fleet FILE, or --pci VENDOR:DEVICE for network cards',
  );
}

const SBOMS = { spdx: 'sbom-spdx', cyclonedx: 'sbom-cyclonedx' } as const;
