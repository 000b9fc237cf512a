import { Mac } from '../../builder/contract/fields.ts';
import type { TftpFile } from '../tftp/server.ts';
import type { BootEndpoint } from './answer.ts';
import { imageFile, installerFile } from './files.ts';
import { bootScript, type ScriptContext } from './scripts.ts';

/** grub.cfg-01-MAC: what GRUB asks for first, with the MAC that it booted from. */
const GRUB_CONFIG = /^(?:boot\/)?(?:grub\/|EFI\/[a-z]+\/)?grub\.cfg-01-([0-9a-f]{2}(?:-[0-9a-f]{2}){5})$/i;
const NAMED_FILE = /^(images|installers)\/([a-z0-9._-]+)\/([a-z0-9._-]+)$/;

/** The names that TFTP serves: loaders, each machine's grub.cfg, kernel and initramfs of an image or an installer. */
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
    const [, kind, owner = '', file = ''] = NAMED_FILE.exec(name) ?? [];
    const find = kind === 'images' ? imageFile : installerFile;
    const named = kind === undefined ? undefined : find(scripts.replica(), owner, file);
    return named && named.role !== 'iso' ? { path: named.path, size: named.size } : undefined;
  };
}
