import { constants } from 'node:fs/promises';
import { join } from 'node:path';
import { findHostGrub } from './media/loaders.ts';
import { PLATFORMS } from './media/platform.ts';
import { assertNative } from './native.ts';
import type { Recipe } from './recipe/schema.ts';
import { RackhandError } from './shared/errors.ts';
import { firstPresent } from './shared/present.ts';
import { childEnvironment } from './shared/process/run.ts';

const TOOLS: Record<string, string> = {
  dnf: 'resolves and installs packages',
  rpm: "reads the root's package database",
  bwrap: 'runs programs in the root without network (package bubblewrap)',
  modinfo: 'tells what kernel modules depend on (package kmod)',
  mksquashfs: 'packs the root (package squashfs-tools)',
  xorriso: 'writes the ISO',
  sfdisk: "writes the USB disk image's partition table (package fdisk; EL: util-linux)",
  mke2fs: 'makes the partition for what a host keeps (package e2fsprogs)',
  mformat: 'makes the EFI system partition (package mtools)',
  gpg: "reads the fingerprints of repositories' keys (package gnupg)",
  getfattr: 'reads attributes of files (package attr)',
  setfattr: "writes the root folder's label (package attr)",
  cp: 'copies roots',
  tar: 'packs the licence texts',
};

/**
 * Every tool before the first file is written.
 * @param roots whether a root is made, and not only resolved
 * @throws RackhandError tool-missing | arch-foreign
 */
export async function checkTools(recipe: Pick<Recipe, 'name' | 'arch'>, roots: boolean): Promise<void> {
  if (roots) assertNative(recipe);
  const missing: string[] = [];
  for (const [tool, why] of Object.entries(TOOLS)) if (!(await onPath(tool))) missing.push(`${tool}: ${why}`);
  if (missing.length > 0) {
    throw new RackhandError(
      'tool-missing',
      `missing on this machine:\n${missing.join('\n')}`,
      'sh bin/setup.sh installs them',
    );
  }
  // Boot loaders are of the recipe's architecture, and only media need them: a lock is made on any machine.
  if (roots) await findHostGrub(PLATFORMS[recipe.arch]);
}

async function onPath(tool: string): Promise<boolean> {
  const places = childEnvironment()
    .PATH!.split(':')
    .map((folder) => join(folder, tool));
  return (await firstPresent(places, constants.X_OK)) !== undefined;
}
