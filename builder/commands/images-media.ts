import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { bakeMedium } from '../media/bake.ts';
import { hostArea } from '../media/host-area.ts';
import { HostConfig } from '../media/host-config.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { parseYaml } from '../shared/yaml.ts';
import { endedByPerson } from './images-verify.ts';
import { type CatalogFlags, print } from './options.ts';

const KINDS = ['iso', 'usb', 'netiso'] as const;

interface MediaFlags extends CatalogFlags {
  config: string;
  output: string;
  kind: (typeof KINDS)[number];
}

/** `rackhand images media` */
export function addMediaCommand(command: (name: string, description: string) => Command): void {
  command('media <image>', 'a copy of a medium that knows one host: server, network, token')
    .requiredOption('--config <file>', 'YAML: what the medium tells its machine')
    .requiredOption('--output <file>', 'where the copy goes; it is as secret as the token in it')
    .addOption(new Option('--kind <kind>', 'which medium of the image').choices(KINDS).default('iso'))
    .action(mediaCommand);
}

/** @throws RackhandError media-config | artifact-missing | image-damaged | media-area | media-output */
async function mediaCommand(
  name: string,
  { catalog: folder, config, output, kind }: MediaFlags,
): Promise<void> {
  const given = parseYaml(await readConfig(config), config, HostConfig, 'media-config');
  if (kind === 'netiso' && !given.images) {
    const mend = 'add images: { address: http://ADDRESS }';
    throw new RackhandError(
      'media-config',
      `${config}: a network ISO fetches its image, and no server is named`,
      mend,
    );
  }
  const area = hostArea(given);
  if (!area)
    throw new RackhandError(
      'media-config',
      `${config}: more than a medium has room for`,
      'leave out certificates',
    );
  const catalog = openCatalog(folder);
  const manifest = await catalog.resolve(name);
  const signal = endedByPerson();
  await bakeMedium(await catalog.whole(manifest, kind), area, resolve(output), signal);
  print(`${output}: ${kind} of image ${manifest.id}, for one host`);
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const what = `${file} cannot be read: ${errno(cause) ?? String(cause)}`;
    throw new RackhandError('media-config', what, 'name a file as docs/builder.md describes it', { cause });
  }
}
