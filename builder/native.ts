import type { Architecture } from './contract/architecture.ts';
import type { Recipe } from './recipe/schema.ts';
import { RackhandError } from './shared/errors.ts';

/** Node's names of processors. */
const NATIVE: Record<Architecture, string> = { x86_64: 'x64', aarch64: 'arm64' };

/**
 * Making a root runs programs of its packages (scriptlets, depmod, dracut): they have to be this machine's.
 * @throws RackhandError arch-foreign
 */
export function assertNative(
  { name, arch }: Pick<Recipe, 'name' | 'arch'>,
  machine: string = process.arch,
): void {
  if (NATIVE[arch] === machine) return;
  throw new RackhandError(
    'arch-foreign',
    `${name} is for ${arch}, and this machine runs none of its programs (${machine})`,
    'build it on such a machine; rackhand lock and recipe show work on any',
  );
}
