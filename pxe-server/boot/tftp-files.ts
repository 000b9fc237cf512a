import { join } from 'node:path';
import { Mac } from '../../builder/contract/fields.ts';
import type { TftpFile } from '../tftp/server.ts';
import type { BootEndpoint } from './answer.ts';
import { bootScript, type ScriptContext } from './scripts.ts';

/** grub.cfg-01-MAC: what GRUB asks for first, with the MAC that it booted from. */
const GRUB_CONFIG = /^(?:boot\/)?(?:grub\/|EFI\/[a-z]+\/)?grub\.cfg-01-([0-9a-f]{2}(?:-[0-9a-f]{2}){5})$/i;
const IMAGE_FILE = /^images\/([0-9a-f]{16})\/([a-z0-9][a-z0-9._-]*)$/;

/** The names that TFTP serves: loaders, each machine's grub.cfg, kernel and initramfs of an image. */
export function tftpFiles(
  endpoint: BootEndpoint,
  loaders: ReadonlyMap<string, Buffer>,
  scripts: ScriptContext,
): (name: string, client: string) => TftpFile | undefined {
  return (name, client) => {
    const loader = loaders.get(name);
    if (loader) return loader;
    const mac = Mac.safeParse(GRUB_CONFIG.exec(name)?.[1]);
    if (mac.success) return Buffer.from(bootScript(scripts, endpoint, 'grub', { mac: mac.data }, client));
    const match = IMAGE_FILE.exec(name);
    const image = match && scripts.replica()?.images.find((i) => i.id === match[1]);
    const artifact = image?.artifacts.find((a) => a.file === match?.[2] && a.role !== 'iso');
    return image && artifact ? { path: join(image.folder, artifact.file), size: artifact.size } : undefined;
  };
}
