import type { ImageUses } from '../../builder/contract/uses.ts';
import type { Host } from './model.ts';

/** Images of a host's last boots that are told: the one that it may still run, and the one that it was given then. */
const BOOTED = 2;

/** What is written for whoever prunes the catalog: pure. */
export function imageUses(
  hosts: readonly Host[],
  defaultImage: string | null,
): Pick<ImageUses, 'default' | 'hosts'> {
  const rows = hosts.map(({ name, image, booted = [] }) => ({ name, image: image ?? null, booted }));
  return { default: defaultImage, hosts: rows };
}

/** The host's list with the image that a boot script of this moment leads to; the same list when that is known. */
export function withBooted(booted: readonly string[] = [], id: string): string[] | undefined {
  return booted[0] === id ? undefined : [id, ...booted.filter((one) => one !== id)].slice(0, BOOTED);
}
