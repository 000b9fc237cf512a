import { constants, copyFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { TrialMode } from '../contract/trial.ts';
import { bakeMedium } from '../media/bake.ts';
import { hostArea } from '../media/host-area.ts';
import { HostConfig } from '../media/host-config.ts';
import { RackhandError } from '../shared/errors.ts';
import { MODES } from './modes.ts';
import { NETWORK } from './rack/network.ts';
import { tamperedIso } from './tamper.ts';

/** A stick is larger than what is written to it: room for the partition that grows. */
const STICK_BYTES = 2 ** 31;

interface Laid {
  manifest: Manifest;
  catalog: string;
}

/** What a machine of a mode starts from: nothing where that is the network. */
export async function layMedium(
  mode: TrialMode,
  { manifest, catalog, folder }: Laid & { folder: string },
): Promise<{ iso?: string; usb?: string }> {
  const { from, expect } = MODES[mode];
  const artifact = (role: 'iso' | 'usb' | 'netiso' | 'kernel') =>
    openCatalog(catalog).artifact(manifest, role);
  const output = join(folder, `${mode}.img`);
  switch (from) {
    case 'iso':
      if (expect !== 'kernel-refused') return { iso: artifact('iso') };
      await tamperedIso(artifact('iso'), artifact('kernel'), output);
      return { iso: output };
    case 'usb': {
      await copyFile(artifact('usb'), output, constants.COPYFILE_FICLONE);
      await growStick(output, manifest);
      return { usb: output };
    }
    case 'netiso':
      await bakeMedium(artifact('netiso'), areaOfServer(), output);
      return { iso: output };
    default:
      return {};
  }
}

/** Lays a stick once more, made for one host: as `rackhand images media` makes it. @returns seconds that it took */
export async function layStickFor(
  usb: string,
  config: HostConfig,
  { manifest, catalog }: Laid,
): Promise<number> {
  const began = performance.now();
  await bakeMedium(openCatalog(catalog).artifact(manifest, 'usb'), areaFor(config), usb);
  const seconds = (performance.now() - began) / 1000;
  await growStick(usb, manifest);
  return seconds;
}

async function growStick(usb: string, { artifacts }: Manifest): Promise<void> {
  const { size } = artifacts.find(({ role }) => role === 'usb')!;
  await truncate(usb, Math.max(STICK_BYTES, size));
}

/** A network ISO has to be told who has its image. */
function areaOfServer(): Buffer {
  return areaFor(HostConfig.parse({ images: { address: `http://${NETWORK.address}` } }));
}

function areaFor(config: HostConfig): Buffer {
  const area = hostArea(config);
  if (area) return area;
  throw new RackhandError('media-area', 'the medium has no room for an address', 'build the image again');
}
