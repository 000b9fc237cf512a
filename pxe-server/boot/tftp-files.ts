import { Mac } from '../../builder/contract/fields.ts';
import { renderGrubStart } from '../render/grub.ts';
import type { TftpFile } from '../tftp/thread.ts';
import type { BootEndpoint } from './answer.ts';
import { imageFile, installerFile } from './files.ts';
import { bootScript, type ScriptContext } from './scripts.ts';

/**
 * grub.cfg beside where GRUB looks: the first one for every machine, and with -01-MAC the machine's own. GRUB
 * writes the MAC with dashes when it asks by itself, with colons when the first one made it ask.
 */
const GRUB_CONFIG =
  /^(?:boot\/)?(?:grub\/|EFI\/[a-z]+\/)?grub\.cfg(?:-01-([0-9a-f]{2}(?:([-:])[0-9a-f]{2})(?:\2[0-9a-f]{2}){4}))?$/i;
/** Files of an image that no loader asks for. */
const BY_HTTP = ['iso', 'usb', 'netiso', 'paper'];
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
    const grub = GRUB_CONFIG.exec(name);
    if (grub && grub[1] === undefined) return Buffer.from(renderGrubStart());
    const mac = Mac.safeParse(grub?.[1]);
    if (mac.success) return Buffer.from(bootScript(scripts, endpoint, 'grub', { mac: mac.data }, client));
    const [, kind, owner = '', file = ''] = NAMED_FILE.exec(name) ?? [];
    if (kind !== undefined) scripts.turns?.seen(client);
    const find = kind === 'images' ? imageFile : installerFile;
    const named = kind === undefined ? undefined : find(scripts.replica(), owner, file);
    return named && !BY_HTTP.includes(named.role) ? { path: named.path, size: named.size } : undefined;
  };
}
